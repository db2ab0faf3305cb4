//! Whether the last backup is too old.

use std::time::Duration;

use super::state::{observation, whole_seconds};
use crate::domain::time::Timestamp;
use crate::domain::trouble::{Observation, Trouble};
use crate::flow::back_up::BackupStatus;

/// A server that has just started makes a backup that is overdue; it has this time for it.
const START_GRACE: Duration = Duration::from_mins(5);

/// The last backup is older than `age_max`; without one, the server has run for so long.
pub(super) fn overdue(
    status: &BackupStatus,
    age_max: Duration,
    (now, up): (Timestamp, Duration),
) -> Option<Observation> {
    let age = status.last.map(|last| now.since(last));
    if up < START_GRACE || age.unwrap_or(up) <= age_max {
        return None;
    }
    let made = age.map_or_else(
        || "there is none".to_owned(),
        |age| format!("the last was begun {} ago", whole_seconds(age)),
    );
    let failure = status.failure.as_ref();
    let failure = failure.map_or_else(String::new, |failure| format!("; the last attempt failed: {failure}"));
    Some(observation(Trouble::BackupOverdue, 1, format!("{made}{failure}")))
}
