//! What each gateway sent since the start.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use strum::VariantArray as _;

use super::labels::SmsResult;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;

const RESULTS: usize = SmsResult::VARIANTS.len();

/// What one gateway sent.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SentSms {
    /// How often each result, in the order of [`SmsResult::VARIANTS`].
    pub(super) results: [u64; RESULTS],
    /// When its last SMS was stored.
    pub(super) last: Option<Timestamp>,
}

impl SentSms {
    /// With what another gateway sent.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.results
            .iter_mut()
            .zip(other.results)
            .for_each(|(count, more)| *count += more);
        self.last = self.last.max(other.last);
        self
    }
}

/// One entry for each gateway that sent something; those of deleted gateways are removed at the next scrape.
#[derive(Debug, Default)]
pub(super) struct SmsIn(Mutex<BTreeMap<GatewayId, SentSms>>);

impl SmsIn {
    fn sent(&self) -> MutexGuard<'_, BTreeMap<GatewayId, SentSms>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn count(&self, gateway: GatewayId, results: impl IntoIterator<Item = SmsResult>, now: Timestamp) {
        let mut all = self.sent();
        let sent = all.entry(gateway).or_default();
        for result in results {
            let index = SmsResult::VARIANTS.iter().position(|one| *one == result);
            sent.results[index.expect("a label has all of its values")] += 1;
            if result.is_stored() {
                sent.last = Some(now);
            }
        }
    }

    /// What the gateway sent.
    pub(super) fn of(&self, gateway: GatewayId) -> SentSms {
        self.sent().get(&gateway).copied().unwrap_or_default()
    }

    /// Removes those that are not in the sorted list. One with a higher id was created after the list was read.
    pub(super) fn forget_all_but(&self, gateways: &[GatewayId]) {
        let newest = gateways.last();
        self.sent()
            .retain(|gateway, _| newest < Some(gateway) || gateways.binary_search(gateway).is_ok());
    }
}
