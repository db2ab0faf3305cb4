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

/// The day is too late: Onlinesim may still refund operations that were closed before it, and gateways may repeat their SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("--before must not be later than {latest}: Onlinesim may still refund, and gateways may repeat SMS")]
pub struct ArchiveTooLate {
    /// The last day that is accepted.
    pub latest: Day,
}

impl ArchiveBound {
    /// What may be archived at `now`: what is older than `age_min`, and than `clock_tolerance`. A rental that begins from now on
    /// is opened more than `clock_tolerance` after the end of every operation that is archived, so an SMS that says when it was
    /// sent to the earlier renter is too old for it. One that does not, and is repeated, is recognised by the message that
    /// has it, which `age_min` keeps.
    pub fn new(
        before: Day,
        clock_tolerance: Duration,
        age_min: Duration,
        now: Timestamp,
    ) -> Result<Self, ArchiveTooLate> {
        let latest = Day::of(now.minus(clock_tolerance.max(age_min)));
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
            let bound = ArchiveBound::new(day(before), tolerance, Duration::ZERO, now);
            assert_eq!(bound.is_ok(), is_accepted, "{before}");
        }
        for (tolerance, age_min) in [(25, 1), (1, 25)].map(|(a, b)| (Duration::from_hours(a), Duration::from_hours(b)))
        {
            let refused = ArchiveBound::new(day("2026-11-22"), tolerance, age_min, midnight);
            assert_eq!(refused.unwrap_err().latest, day("2026-11-20"));
        }
    }
}
