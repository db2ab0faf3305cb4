//! `[rent]`: rentals without an SMS, strikes, bans and rests.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::checks::{self, CheckResult};
use super::duration;

/// The times of the watchdog, strikes, bans and rests.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RentConfig {
    /// Time that a rented number has to receive its first SMS (20 minutes by the protocol).
    #[serde(with = "duration")]
    pub guard: Duration,
    /// How long after `guard` the watchdog closes an operation without an SMS; may be zero.
    #[serde(with = "duration")]
    pub guard_grace: Duration,
    /// How long after a start the watchdog closes nothing; may be zero.
    #[serde(with = "duration")]
    pub start_grace: Duration,
    /// How long before its rental an SMS may have been sent, because clocks differ.
    #[serde(with = "duration")]
    pub clock_tolerance: Duration,
    /// After how many operations without an SMS in a row a number is banned.
    pub strikes_max: u32,
    /// How long a number is banned.
    #[serde(with = "duration")]
    pub ban: Duration,
    /// How long a number rests between two rentals; may be zero.
    #[serde(with = "duration")]
    pub rest: Duration,
}

impl RentConfig {
    pub(super) fn check(&self) -> CheckResult {
        checks::positive_duration("rent.guard", self.guard)?;
        checks::duration("rent.guard_grace", self.guard_grace)?;
        checks::duration("rent.start_grace", self.start_grace)?;
        checks::positive_duration("rent.clock_tolerance", self.clock_tolerance)?;
        checks::within("rent.strikes_max", self.strikes_max, &(1..=100))?;
        checks::positive_duration("rent.ban", self.ban)?;
        checks::duration("rent.rest", self.rest)
    }
}
