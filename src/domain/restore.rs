//! What a restored backup does not know: operations, messages and purchases since it was made.

use std::time::Duration;

use super::time::Timestamp;

/// How far above the highest known id new ids begin after a restore.
pub const ID_GAP: i64 = 1_000_000;

/// The highest id that JSON programs read exactly: 2^53 - 1.
pub const ID_MAX: i64 = (1 << 53) - 1;

/// The highest ids that a database has issued, or that it skips after an earlier restore; 0: none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IssuedIds {
    /// Of operations.
    pub operation: i64,
    /// Of messages.
    pub message: i64,
    /// Of lines of orders.
    pub line: i64,
}

impl IssuedIds {
    /// The higher one of each kind.
    #[must_use]
    pub fn or_higher(self, other: Self) -> Self {
        Self {
            operation: self.operation.max(other.operation),
            message: self.message.max(other.message),
            line: self.line.max(other.line),
        }
    }
}

/// The ids would exceed [`ID_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "ids must stay below 2^53, but the highest known one is {0}: a database with such ids was not written by leaseline"
)]
pub struct IdsExhausted(i64);

/// How a server goes on after a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestoreRecord {
    /// When the backup was restored.
    pub restored_at: Timestamp,
    /// The first id that an operation may have had that the backup does not know.
    pub first_id: i64,
    /// The last one. Operations get higher ids.
    pub last_id: i64,
    /// Messages get higher ids than this.
    pub last_message_id: i64,
    /// Lines of orders get higher ids than this: the id of a lost one may be the mark of a purchase at a supplier.
    pub last_line_id: i64,
    /// Until when the numbers rest.
    pub rests_until: Option<Timestamp>,
}

impl RestoreRecord {
    /// The record of a restore at `now`. `backup` has the ids of the backup, `known` the highest that are known from
    /// anywhere. Numbers rest for `rest`: a number of the backup may be rented at Onlinesim now; zero: they do not.
    pub fn new(backup: IssuedIds, known: IssuedIds, rest: Duration, now: Timestamp) -> Result<Self, IdsExhausted> {
        let known = known.or_higher(backup);
        let skip = |highest: i64| {
            let last = highest.checked_add(ID_GAP).filter(|last| *last <= ID_MAX);
            last.ok_or(IdsExhausted(highest))
        };
        // First: it refuses ids of the backup to which nothing can be added.
        let last_id = skip(known.operation)?;
        Ok(Self {
            restored_at: now,
            first_id: backup.operation + 1,
            last_id,
            last_message_id: skip(known.message)?,
            last_line_id: skip(known.line)?,
            rests_until: (!rest.is_zero()).then(|| now + rest),
        })
    }

    /// Until when numbers rest that are new at `now`: somebody may have rented them before the restore.
    #[must_use]
    pub fn rest_of_new_numbers(&self, now: Timestamp) -> Option<Timestamp> {
        self.rests_end(now).filter(|until| *until > now)
    }

    /// When the rests end at the latest, as seen at `now`: also when the clock was set back since.
    #[must_use]
    pub fn rests_end(&self, now: Timestamp) -> Option<Timestamp> {
        let until = self.rests_until?;
        Some(until.min(now + until.since(self.restored_at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_ms(1_000_000);
    const REST: Duration = Duration::from_secs(1200);

    fn ids(operation: i64, message: i64) -> IssuedIds {
        IssuedIds {
            operation,
            message,
            line: 0,
        }
    }

    #[test]
    fn ids_go_on_a_million_above_the_highest_that_is_known_from_anywhere() {
        let record = RestoreRecord::new(ids(7, 90), ids(50, 20), REST, NOW).unwrap();
        assert_eq!((record.first_id, record.last_id), (8, 1_000_050));
        assert_eq!(record.last_message_id, 1_000_090);
        assert_eq!(record.rests_until, Some(NOW + REST));
        let line = |line| IssuedIds { line, ..ids(1, 1) };
        let record = RestoreRecord::new(line(7), line(3), REST, NOW).unwrap();
        assert_eq!(record.last_line_id, 1_000_007);
        let empty = RestoreRecord::new(ids(0, 0), ids(0, 0), Duration::ZERO, NOW).unwrap();
        assert_eq!((empty.first_id, empty.last_id, empty.rests_until), (1, 1_000_000, None));
    }

    #[test]
    fn ids_stay_below_2_53() {
        let highest = ID_MAX - 1_000_000;
        assert!(RestoreRecord::new(ids(highest, 0), ids(0, highest), REST, NOW).is_ok());
        for (operation, message) in [(highest + 1, 0), (0, highest + 1), (i64::MAX, 0)] {
            let refused = RestoreRecord::new(ids(1, 1), ids(operation, message), REST, NOW);
            assert_eq!(refused, Err(IdsExhausted(operation.max(message).max(1))));
            let refused = RestoreRecord::new(ids(operation, message), ids(1, 1), REST, NOW);
            assert_eq!(
                refused,
                Err(IdsExhausted(operation.max(message).max(1))),
                "of a crafted backup"
            );
        }
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_make_the_rest_longer() {
        let record = RestoreRecord::new(ids(1, 1), ids(1, 1), REST, NOW).unwrap();
        assert_eq!(record.rests_end(NOW + REST / 2), Some(NOW + REST));
        let before = NOW.minus(Duration::from_secs(3600));
        assert_eq!(record.rests_end(before), Some(before + REST));
        assert_eq!(record.rest_of_new_numbers(before), Some(before + REST));
        assert_eq!(record.rest_of_new_numbers(NOW + REST), None);
    }
}
