//! New lines, and lines as the JSON that statements take.

use serde::Serialize;

use super::super::as_text;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::LineId;
use crate::domain::purchase::line::{LineState, OrderLine};
use crate::domain::purchase::outcome::SuppliedNumber;
use crate::domain::purchase::placement::PlannedLine;
use crate::domain::purchase::price::NumberPrice;
use crate::domain::time::Timestamp;

/// What a new line begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// [`LineState::Planned`], or [`LineState::Wiring`] for a number that is ours already.
    pub state: LineState,
    /// The number, if it is a certain one: then no other one will do.
    pub number: Option<PhoneNumber>,
    /// The supplier's key for it.
    pub reference: Option<String>,
    /// What it costs, if that is known.
    pub price: Option<NumberPrice>,
    /// In what it differs from the order.
    pub deviation: Option<String>,
    /// The first line of the call that bought it, for a number beyond those that were ordered.
    pub call_line: Option<LineId>,
}

/// Nothing is known about it besides.
impl From<PlannedLine> for NewLine {
    fn from(planned: PlannedLine) -> Self {
        Self {
            state: planned.state,
            number: planned.number,
            reference: None,
            price: None,
            deviation: None,
            call_line: None,
        }
    }
}

impl NewLine {
    /// A number that is ours already, at its price where that is known.
    #[must_use]
    pub fn ours(supplied: &SuppliedNumber) -> Self {
        let planned = PlannedLine {
            number: Some(supplied.number),
            state: LineState::Wiring,
        };
        Self {
            reference: supplied.reference.clone(),
            price: supplied.price,
            ..planned.into()
        }
    }
}

/// A line that is stored for the first time.
#[derive(Serialize)]
pub(super) struct InsertedLine<'a> {
    state: &'static str,
    number: Option<String>,
    is_number_fixed: i64,
    reference: Option<&'a str>,
    is_ours: i64,
    setup: Option<i64>,
    monthly: Option<i64>,
    deviation: Option<&'a str>,
    call_line: Option<i64>,
    attempted_at: Option<i64>,
    owned_since: Option<i64>,
}
pub(super) fn inserted_line(line: &NewLine, now: Timestamp) -> InsertedLine<'_> {
    let is_ours = line.state == LineState::Wiring;
    InsertedLine {
        state: as_text(line.state),
        number: line.number.map(PhoneNumber::digits),
        is_number_fixed: line.number.is_some().into(),
        reference: line.reference.as_deref(),
        is_ours: is_ours.into(),
        setup: line.price.map(|price| price.setup.as_i64()),
        monthly: line.price.map(|price| price.monthly.as_i64()),
        deviation: line.deviation.as_deref(),
        call_line: line.call_line.map(|line| line.0),
        attempted_at: line.call_line.map(|_| now.as_ms()),
        owned_since: is_ours.then_some(now.as_ms()),
    }
}

/// A line with the state and the attempts that it had.
#[derive(Serialize)]
pub(super) struct SavedLine<'a> {
    id: i64,
    state_before: &'static str,
    attempts_before: u32,
    state: &'static str,
    number: Option<String>,
    reference: Option<&'a str>,
    is_ours: i64,
    setup: Option<i64>,
    monthly: Option<i64>,
    attempts: u32,
    call_line: Option<i64>,
    retries: u32,
    reason: Option<&'a str>,
    code: Option<&'a str>,
    deviation: Option<&'a str>,
    due_at: Option<i64>,
    owned_since: Option<i64>,
    sms_url_hash: Option<String>,
    rewire_since: Option<i64>,
    rewire_by_sms: Option<i64>,
    kept_state: Option<&'static str>,
    kept_enabled: Option<i64>,
}
pub(super) fn saved_line<'a>((before, after): &(&OrderLine, &'a OrderLine)) -> SavedLine<'a> {
    SavedLine {
        id: after.id.0,
        state_before: as_text(before.state),
        attempts_before: before.attempts,
        state: as_text(after.state),
        number: after.number.map(PhoneNumber::digits),
        reference: after.reference.as_deref(),
        is_ours: after.is_ours.into(),
        setup: after.price.map(|price| price.setup.as_i64()),
        monthly: after.price.map(|price| price.monthly.as_i64()),
        attempts: after.attempts,
        call_line: after.call_line.map(|line| line.0),
        retries: after.retries,
        reason: after.reason.as_deref(),
        code: after.code.as_deref(),
        deviation: after.deviation.as_deref(),
        due_at: after.due_at.map(Timestamp::as_ms),
        owned_since: after.owned_since.map(Timestamp::as_ms),
        sms_url_hash: after.sms_url_hash.map(hex::encode),
        rewire_since: after.rewire.map(|rewire| rewire.since.as_ms()),
        rewire_by_sms: after.rewire.map(|rewire| rewire.by_sms.into()),
        kept_state: after.kept.map(|kept| as_text(kept.state)),
        kept_enabled: after.kept.map(|kept| kept.enabled.into()),
    }
}
