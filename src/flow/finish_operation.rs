//! FINISH_ACTIVATION: closes an operation and posts its income; a repetition changes nothing (rules 5 and 6).

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::closing::ClosingTally;
use super::flush_incomplete::{Closing, load_closing};
use super::group_commit::{Batch, BatchCommand, SubmitError};
use super::{Flows, closing};
use crate::clock::Clock;
use crate::domain::audit::Actor;
use crate::domain::operation::{Finish, LostOperation, Operation, OperationId};
use crate::domain::sms_filter::SmsFilter;
use crate::domain::strike::StrikePolicy;
use crate::domain::time::Timestamp;
use crate::metrics::Metrics;
use crate::metrics::labels::BatchKind;
use crate::storage::{Error, WriteTx, lost_operations, restores};

/// What FINISH_ACTIVATION asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FinishRequest {
    /// Which operation.
    pub operation: OperationId,
    /// How it ended.
    pub finish: Finish,
}

/// The answer to FINISH_ACTIVATION.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// The operation exists and is closed.
    Success,
    /// There is no such operation. Nothing was stored, unless a restore lost it: then it is listed as a discrepancy.
    Unknown,
}

impl Flows {
    /// Closes an operation as Onlinesim demands. Either it is committed by the deadline or never (rule 10).
    pub async fn finish_operation(&self, request: FinishRequest, deadline: Instant) -> Result<Finished, SubmitError> {
        self.finish_operation.submit(request, deadline).await
    }
}

/// The command of the group commit.
#[derive(Debug)]
pub(super) struct FinishOperation {
    /// The time at which a batch is decided.
    pub(super) clock: Clock,
    /// Decides about strikes and bans.
    pub(super) strikes: StrikePolicy,
    /// Decides which incomplete SMS are withheld when they are flushed.
    pub(super) filter: Arc<SmsFilter>,
    /// Notified when something is due to be pushed.
    pub(super) due: Arc<Notify>,
    /// Counts how operations end.
    pub(super) metrics: Arc<Metrics>,
}

/// An answer, and whether something is due to be pushed once it is durable.
#[derive(Debug, Clone, Copy)]
pub(super) struct FinishDecision {
    finished: Finished,
    flushed: bool,
}

/// Stores what is reported of operations that a restore lost. Returns whether that is news.
async fn record_lost(tx: &mut WriteTx, unknown: &[FinishRequest], now: Timestamp) -> Result<bool, Error> {
    if unknown.is_empty() {
        return Ok(false);
    }
    let ids: Vec<OperationId> = unknown.iter().map(|request| request.operation).collect();
    let lost = restores::lost_among(tx, &ids).await?;
    let known = lost_operations::load(tx, &lost).await?;
    let mut known: HashMap<OperationId, LostOperation> = known.into_iter().map(|one| (one.id, one)).collect();
    let mut is_news = false;
    for FinishRequest { operation, finish } in unknown.iter().filter(|one| lost.contains(&one.operation)) {
        if let Some(reported) = LostOperation::report(known.get(operation), *operation, *finish, now) {
            tracing::warn!(operation = operation.as_i64(), outcome = %reported.outcome, "an operation that a restore lost was finished");
            lost_operations::save(tx, &reported);
            known.insert(*operation, reported);
            is_news = true;
        }
    }
    Ok(is_news)
}

impl BatchCommand for FinishOperation {
    const KIND: BatchKind = BatchKind::FinishOperation;

    type Request = FinishRequest;
    type Outcome = FinishDecision;
    type Answer = Finished;
    type Effects = ClosingTally;

    async fn execute(
        &self,
        tx: &mut WriteTx,
        requests: &[&FinishRequest],
    ) -> Result<Batch<FinishDecision, ClosingTally>, Error> {
        let now = self.clock.now();
        let ids: Vec<OperationId> = requests.iter().map(|request| request.operation).collect();
        let Closing { operations, flushed } = load_closing(tx, &ids, &self.filter, now).await?;
        let mut by_id: HashMap<OperationId, Operation> = operations.into_iter().map(|one| (one.id, one)).collect();
        let decided = |finished| FinishDecision { finished, flushed };
        let (mut changes, mut unknown) = (Vec::new(), Vec::new());
        let mut decisions = Vec::with_capacity(requests.len());
        for request in requests {
            let Some(operation) = by_id.get_mut(&request.operation) else {
                decisions.push(decided(Finished::Unknown));
                unknown.push(**request);
                continue;
            };
            if let Some(change) = operation.finish(request.finish, now) {
                *operation = change.operation;
                changes.push(change);
            }
            decisions.push(decided(Finished::Success));
        }
        let effects = closing::save(tx, &changes, Actor::Onlinesim, None, &self.strikes, now).await?;
        Ok(Batch {
            decisions,
            changed: record_lost(tx, &unknown, now).await? || flushed || !changes.is_empty(),
            effects,
        })
    }

    fn answer(&self, decision: FinishDecision) -> Finished {
        if decision.flushed {
            self.due.notify_one();
        }
        decision.finished
    }

    fn committed(&self, tally: ClosingTally) {
        tally.count(&self.metrics);
    }
}
