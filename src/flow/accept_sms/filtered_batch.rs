//! The SMS of a request with the filter's decisions.

use super::InboundBatch;
use crate::domain::sms::InboundSms;
use crate::domain::sms_filter::{FilterDecision, SmsFilter};

/// A batch whose SMS are decided about. Matching takes its time in the task of the request, not in the transaction, for which
/// other requests wait.
#[derive(Debug)]
pub(in crate::flow) struct FilteredBatch {
    pub(super) batch: InboundBatch,
    /// One for each SMS, in their order.
    decisions: Vec<FilterDecision>,
}

impl FilteredBatch {
    pub(super) fn new(batch: InboundBatch, filter: &SmsFilter) -> Self {
        let decisions = batch.messages.iter().map(|sms| filter.decide(sms)).collect();
        Self { batch, decisions }
    }

    /// The SMS in their order.
    pub(super) fn each(&self) -> impl Iterator<Item = (&InboundSms, FilterDecision)> {
        self.batch.messages.iter().zip(self.decisions.iter().copied())
    }
}
