//! The lists and details that the admin API shows. Nothing is changed here.

use std::cmp::Reverse;

use super::{Flows, StorageError};
use crate::domain::audit::AuditRecord;
use crate::domain::delivery::MessageId;
use crate::domain::gateway::ListedGateway;
use crate::domain::ledger::Balance;
use crate::domain::listed::{
    ListedMessage, ListedNumber, ListedOperation, ListedPool, ListedTransfer, MessageFilter, NumberFilter,
    OperationEntry, OperationFilter, PoolFilter,
};
use crate::domain::number::Number;
use crate::domain::operation::OperationId;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::cost::ListedCost;
use crate::domain::stock::PoolId;
use crate::domain::time::Timestamp;
use crate::domain::trouble::{ListedTrouble, TroubleId, TroubleState};
use crate::flow::watch_troubles::ENDED_KEPT;
use crate::storage::{
    audit, costs, gateways, inventory, ledger, lost_operations, messages, numbers, operations, pools, troubles,
};

/// The most messages and the most events of its history that one operation is shown with.
pub const DETAILS_MAX: u32 = 1000;

/// An operation with its history and its messages.
pub struct WholeOperation {
    /// The operation.
    pub listed: ListedOperation,
    /// What happened to it after it was opened.
    pub history: Vec<AuditRecord>,
    /// Its messages, in order of arrival.
    pub messages: Vec<ListedMessage>,
}

impl Flows {
    /// Up to `limit` gateways after that name, by name.
    pub async fn list_gateways(&self, after: &str, limit: u32) -> Result<Vec<ListedGateway>, StorageError> {
        Ok(gateways::list(
            &mut self.database.read_for_admin().await?,
            self.clock.now(),
            after,
            limit,
        )
        .await?)
    }

    /// The gateway of that name.
    pub async fn find_gateway(&self, name: &str) -> Result<Option<ListedGateway>, StorageError> {
        Ok(gateways::by_name(&mut self.database.read_for_admin().await?, self.clock.now(), name).await?)
    }

    /// Up to `limit` numbers after that one, in the order of their digits as text.
    pub async fn list_numbers(
        &self,
        filter: &NumberFilter,
        after: Option<PhoneNumber>,
        limit: u32,
    ) -> Result<Vec<ListedNumber>, StorageError> {
        Ok(inventory::list(&mut self.database.read_for_admin().await?, filter, after, limit).await?)
    }

    /// That number, if it is in the inventory.
    pub async fn find_number(&self, number: PhoneNumber) -> Result<Option<ListedNumber>, StorageError> {
        Ok(inventory::find(&mut self.database.read_for_admin().await?, number).await?)
    }

    /// Up to `limit` pools after that one, in the order in which they were made.
    pub async fn list_pools(
        &self,
        filter: &PoolFilter,
        after: Option<PoolId>,
        limit: u32,
    ) -> Result<Vec<ListedPool>, StorageError> {
        Ok(pools::list(&mut self.database.read_for_admin().await?, filter, after, limit).await?)
    }

    /// Up to `limit` banned numbers, sorted by the end of the ban, then by number; those after the given pair.
    pub async fn list_bans(
        &self,
        after: Option<(Timestamp, PhoneNumber)>,
        limit: u32,
    ) -> Result<Vec<Number>, StorageError> {
        Ok(numbers::banned(&mut self.database.read_for_admin().await?, after, limit).await?)
    }

    /// Up to `limit` operations that are older than that one, the newest first; among discrepancies also those that a restore
    /// lost.
    pub async fn list_operations(
        &self,
        filter: &OperationFilter,
        before: Option<OperationId>,
        limit: u32,
    ) -> Result<Vec<OperationEntry>, StorageError> {
        let mut tx = self.database.read_for_admin().await?;
        let known = operations::list(&mut tx, filter, before, limit).await?;
        let mut entries: Vec<OperationEntry> = known.into_iter().map(OperationEntry::Known).collect();
        if filter.includes_lost() {
            let lost = lost_operations::list(&mut tx, before, limit).await?;
            entries.extend(lost.into_iter().map(OperationEntry::Lost));
            entries.sort_unstable_by_key(|entry| Reverse(entry.id()));
            entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        }
        Ok(entries)
    }

    /// That operation, with up to [`DETAILS_MAX`] events and messages.
    pub async fn find_operation(&self, id: OperationId) -> Result<Option<WholeOperation>, StorageError> {
        let mut tx = self.database.read_for_admin().await?;
        let Some(listed) = operations::find(&mut tx, id).await? else {
            return Ok(None);
        };
        Ok(Some(WholeOperation {
            listed,
            history: audit::of_operation(&mut tx, id, DETAILS_MAX).await?,
            messages: messages::of_operation(&mut tx, id, DETAILS_MAX).await?,
        }))
    }

    /// Up to `limit` messages that are older than that one, the newest first.
    pub async fn list_messages(
        &self,
        filter: &MessageFilter,
        before: Option<MessageId>,
        limit: u32,
    ) -> Result<Vec<ListedMessage>, StorageError> {
        Ok(messages::list(&mut self.database.read_for_admin().await?, filter, before, limit).await?)
    }

    /// The message with that id.
    pub async fn find_message(&self, id: MessageId) -> Result<Option<ListedMessage>, StorageError> {
        Ok(messages::find(&mut self.database.read_for_admin().await?, id).await?)
    }

    /// Up to `limit` transfers of the ledger that are older than that one, the newest first; of one operation, or of all.
    pub async fn list_transfers(
        &self,
        operation: Option<OperationId>,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<ListedTransfer>, StorageError> {
        Ok(ledger::list(&mut self.database.read_for_admin().await?, operation, before, limit).await?)
    }

    /// Up to `limit` costs of bought numbers that are older than that one, the newest first.
    pub async fn list_costs(&self, before: Option<i64>, limit: u32) -> Result<Vec<ListedCost>, StorageError> {
        Ok(costs::list(&mut self.database.read_for_admin().await?, before, limit).await?)
    }

    /// The sums of the ledger.
    pub async fn balance(&self) -> Result<Balance, StorageError> {
        Ok(ledger::balance(&mut self.database.read_for_admin().await?).await?)
    }

    /// Up to `limit` troubles that began before that one, the newest first: open ones, and those that ended within the last
    /// [`ENDED_KEPT`].
    pub async fn list_troubles(
        &self,
        state: Option<TroubleState>,
        before: Option<TroubleId>,
        limit: u32,
    ) -> Result<Vec<ListedTrouble>, StorageError> {
        let since = self.clock.now().minus(ENDED_KEPT);
        Ok(troubles::list(&mut self.database.read_for_admin().await?, state, since, before, limit).await?)
    }
}
