//! FINISH_ACTIVATION: closes an operation and books its income, once however often it is said (rules 5 and 6).

use std::collections::HashMap;

use super::closing;
use super::group_commit::{Batch, Verb};
use crate::clock::Clock;
use crate::domain::operation::{Finish, Operation, OperationId};
use crate::domain::strike::StrikePolicy;
use crate::storage::audit::Actor;
use crate::storage::{Error, WriteTx, operations};

/// What FINISH_ACTIVATION says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FinishRequest {
    /// Which operation.
    pub operation: OperationId,
    /// How it ended.
    pub finish: Finish,
}

/// What it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finished {
    /// The operation exists, and the books agree with what was said or follow it.
    Success,
    /// There is no such operation; nothing was stored.
    Unknown,
}

/// The verb.
#[derive(Debug)]
pub struct FinishOperation {
    /// What time it is.
    pub clock: Clock,
    /// What a silent operation means for its number.
    pub strikes: StrikePolicy,
}

impl Verb for FinishOperation {
    type Request = FinishRequest;
    type Decision = Finished;
    type Answer = Finished;

    async fn execute(&self, tx: &mut WriteTx, requests: &[&FinishRequest]) -> Result<Batch<Finished>, Error> {
        let now = self.clock.now();
        let ids: Vec<OperationId> = requests.iter().map(|request| request.operation).collect();
        let loaded = operations::load(tx, &ids).await?;
        let mut by_id: HashMap<OperationId, Operation> = loaded.into_iter().map(|one| (one.id, one)).collect();
        let mut changes = Vec::new();
        let mut decisions = Vec::with_capacity(requests.len());
        for request in requests {
            let Some(operation) = by_id.get_mut(&request.operation) else {
                decisions.push(Finished::Unknown);
                continue;
            };
            if let Some(change) = operation.finish(request.finish, now) {
                *operation = change.operation;
                changes.push(change);
            }
            decisions.push(Finished::Success);
        }
        closing::save(tx, &changes, Actor::Onlinesim, None, &self.strikes, now).await?;
        Ok(Batch {
            decisions,
            changed: !changes.is_empty(),
        })
    }

    fn answer(&self, decision: Finished) -> Finished {
        decision
    }
}
