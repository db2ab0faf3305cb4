//! Archives: closed operations, and events and messages that belong to none, in a file, so that the database does not grow for
//! ever.

use std::time::Duration;

use strum::{IntoStaticStr, VariantArray};

use super::day::Day;
use super::ledger::Balance;
use super::time::Timestamp;

/// What one line of an archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum ArchivedRecord {
    /// A closed operation with its transfers, messages and events.
    Operation,
    /// A message that belongs to no operation.
    Message,
    /// An audit event that belongs to no operation.
    Event,
}

/// What may be archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArchiveBound {
    /// Operations that were closed before this day, UTC; messages and events from before it.
    pub before: Day,
    /// How much the clocks of gateways may differ from ours. The previous operation of a number is needed for SMS that were
    /// sent so long before the opening of the current one.
    pub clock_tolerance: Duration,
}

/// The day is too late: operations that were closed before it may still decide whose an SMS is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("--before must not be later than {latest}, and should be 90 days ago at least: Onlinesim may still refund")]
pub struct ArchiveTooLate {
    /// The last day that is accepted.
    pub latest: Day,
}

impl ArchiveBound {
    /// What may be archived at `now`. A rental that begins from now on is opened more than `clock_tolerance` after the end
    /// of every operation that is archived, so an SMS of the earlier renter is too old for it in any case.
    pub fn new(before: Day, clock_tolerance: Duration, now: Timestamp) -> Result<Self, ArchiveTooLate> {
        let latest = Day::of(now.minus(clock_tolerance));
        if before > latest {
            return Err(ArchiveTooLate { latest });
        }
        Ok(Self {
            before,
            clock_tolerance,
        })
    }
}

/// How much an archive contains, or how much was removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ArchiveContents {
    /// Operations.
    pub operations: u64,
    /// Messages, those of operations included.
    pub messages: u64,
    /// Audit events, those of operations included.
    pub events: u64,
    /// Transfers of the ledger.
    pub transfers: u64,
    /// Their sums.
    pub sums: Balance,
}

impl ArchiveContents {
    /// Nothing at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.operations == 0 && self.messages == 0 && self.events == 0
    }

    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        self.operations += other.operations;
        self.messages += other.messages;
        self.events += other.events;
        self.transfers += other.transfers;
        self.sums = self.sums.plus(other.sums);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rule_8_a_day_is_archived_when_no_sms_of_it_can_belong_to_a_later_rental() {
        let tolerance = Duration::from_secs(120);
        let day = |text: &str| text.parse::<Day>().unwrap();
        let midnight = day("2026-11-22").start();
        for (now, before, is_accepted) in [
            (midnight + tolerance, "2026-11-22", true),
            (midnight + Duration::from_secs(119), "2026-11-22", false),
            (midnight, "2026-11-21", true),
            (midnight + tolerance, "2026-11-23", false),
            (midnight + tolerance, "2020-01-01", true),
        ] {
            let bound = ArchiveBound::new(day(before), tolerance, now);
            assert_eq!(bound.is_ok(), is_accepted, "{before}");
        }
        let refused = ArchiveBound::new(day("2026-11-22"), Duration::from_hours(25), midnight);
        assert_eq!(refused.unwrap_err().latest, day("2026-11-20"));
    }
}
