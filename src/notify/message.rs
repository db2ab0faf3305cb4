//! What is sent: the same troubles as a text for people, and as JSON for programs.

use serde::Serialize;

use crate::clock::rfc3339;
use crate::domain::notification::{NotificationClaim, NotificationState};
use crate::domain::time::Timestamp;

/// A message, for any channel.
pub(super) struct Message {
    /// What it is about, in a few words.
    pub(super) subject: String,
    /// One sentence for each trouble.
    pub(super) lines: Vec<String>,
    /// The same for programs.
    pub(super) events: Vec<TroubleEvent>,
}

/// The body of a webhook's request.
#[derive(Serialize)]
pub(super) struct TroubleEvent {
    /// The id of the trouble in `GET /v1/troubles`; 0: a test.
    pub(super) id: i64,
    trouble: &'static str,
    state: &'static str,
    /// When it began.
    since: String,
    detail: String,
}

impl Message {
    pub(super) fn of(claims: &[NotificationClaim], now: Timestamp) -> Self {
        let subject = match claims {
            [one] => {
                let change = match one.state {
                    NotificationState::Began => "began",
                    NotificationState::Lasts => "lasts",
                    NotificationState::Recovered => "recovered",
                };
                format!("{} {change}", one.about.trouble.trouble.kind())
            }
            several => format!("{} troubles", several.len()),
        };
        Self {
            subject: format!("Leaseline: {subject}"),
            lines: claims.iter().map(|claim| claim.sentence(now)).collect(),
            events: claims.iter().map(event).collect(),
        }
    }

    pub(super) fn test(now: Timestamp) -> Self {
        let text = "this is a test: leaseline notify test";
        Self {
            subject: "Leaseline: test".to_owned(),
            lines: vec![text.to_owned()],
            events: vec![TroubleEvent {
                id: 0,
                trouble: "test",
                state: NotificationState::Began.into(),
                since: rfc3339(now),
                detail: text.to_owned(),
            }],
        }
    }

    /// The sentences, each on a line of its own, with who sends them.
    pub(super) fn text(&self) -> String {
        format!("Leaseline:\n{}", self.lines.join("\n"))
    }
}

fn event(claim: &NotificationClaim) -> TroubleEvent {
    let open = &claim.about.trouble;
    TroubleEvent {
        id: open.id.0,
        trouble: open.trouble.kind(),
        state: claim.state.into(),
        since: rfc3339(open.began_at),
        detail: claim.detail(),
    }
}
