//! The metrics of rentals.

use prometheus_client::metrics::counter::Counter;
use prometheus_client::registry::Registry;

use super::histogram::{Bounds, Histogram};
use super::labels::BanCause;
use super::series::{ByLabel, OneSeries as _};
use crate::domain::operation::Outcome;

/// Rentals, and what follows from their ends.
#[derive(Debug)]
pub struct RentalMetrics {
    /// How they ended.
    pub closed: ByLabel<Outcome, Counter>,
    /// From the rental to its first SMS.
    pub first_sms: Histogram,
    /// Those that were counted as a strike.
    pub strikes: Counter,
    /// Numbers that were banned.
    pub bans: ByLabel<BanCause, Counter>,
    /// Reports of Onlinesim's that contradict the ledger.
    pub discrepancies: Counter,
}

impl RentalMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let first_sms = Histogram::new(Bounds::FIRST_SMS);
        let strikes = "Rentals without an SMS that were counted as a strike";
        let discrepancies = "Reports of Onlinesim that contradict what a rental was closed with";
        Self {
            closed: ByLabel::register(registry, "operations_closed", "Rentals that ended", "outcome"),
            first_sms: registry.one("first_sms_seconds", "From a rental to its first SMS", first_sms),
            strikes: registry.one("strikes", strikes, Counter::default()),
            bans: ByLabel::register(registry, "bans", "Numbers that were banned", "cause"),
            discrepancies: registry.one("discrepancies", discrepancies, Counter::default()),
        }
    }
}
