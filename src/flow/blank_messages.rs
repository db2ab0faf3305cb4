//! Retention: blanks texts, senders and results of attempts when their times are over.
//!
//! Closed operations are found in the order of their ends by the transfers of the ledger, and messages of no operation in the
//! order of their arrival; how far each was looked at is stored. So nothing is read twice, however much is kept, and neither a
//! rental nor an SMS writes anything for it.

use std::time::Duration;

use super::{Flows, StorageError};
use crate::domain::delivery::MessageId;
use crate::domain::retention::{RetainedData, is_over};
use crate::domain::time::Timestamp;
use crate::storage::messages::blank;
use crate::storage::retention::{self, RetentionProgress};
use crate::storage::{Error, ReadTx};

/// The most messages that one transaction blanks: rentals wait for it.
const BATCH_MAX: u32 = 100;
/// The most transfers of the ledger that are read for one transaction.
const TRANSFERS_MAX: u32 = 300;

/// What one transaction blanks.
struct Batch {
    messages: Vec<MessageId>,
    /// Of these messages, those that an earlier batch postponed.
    resumed: Vec<MessageId>,
    from: RetentionProgress,
    to: RetentionProgress,
}

impl Flows {
    /// Blanks a batch of what was kept for so long. Returns whether it did something; call again, after a pause, until it did
    /// not.
    pub async fn blank_messages(&self, data: RetainedData, kept: Duration) -> Result<bool, StorageError> {
        let now = self.clock.now();
        let is_over = |since| is_over(since, now, kept);
        // The writer is not needed to find them.
        let mut reading = self.database.read().await?;
        let mut batch = Batch::begin(&mut reading, data).await?;
        batch.add_ended(&mut reading, is_over).await?;
        batch.add_unassigned(&mut reading, data, is_over).await?;
        batch.resumed = retention::postponed(&mut reading, data, batch.free()).await?;
        batch.messages.extend(&batch.resumed);
        drop(reading);
        if batch.from == batch.to && batch.messages.is_empty() {
            return Ok(false);
        }
        let mut tx = self.database.write().await?;
        retention::resume(&mut tx, data, &batch.resumed);
        retention::postpone(&mut tx, data, &batch.messages);
        blank::blank(&mut tx, data, &batch.messages, now);
        retention::advance(&mut tx, data, batch.from, batch.to);
        tx.commit().await?;
        Ok(true)
    }
}

impl Batch {
    async fn begin(tx: &mut ReadTx, data: RetainedData) -> Result<Self, Error> {
        let from = retention::progress(tx, data).await?;
        Ok(Self {
            messages: Vec::new(),
            resumed: Vec::new(),
            from,
            to: from,
        })
    }

    /// How many messages more.
    fn free(&self) -> u32 {
        BATCH_MAX.saturating_sub(u32::try_from(self.messages.len()).unwrap_or(u32::MAX))
    }

    /// Adds the messages of operations that were closed long enough ago.
    async fn add_ended(&mut self, tx: &mut ReadTx, is_over: impl Fn(Timestamp) -> bool) -> Result<(), Error> {
        let transfers = retention::transfers_from(tx, self.from.transfer, TRANSFERS_MAX).await?;
        for transfer in transfers.into_iter().take_while(|one| is_over(one.booked_at)) {
            if self.free() == 0 {
                return Ok(());
            }
            if transfer.id != self.to.transfer {
                (self.to.transfer, self.to.message) = (transfer.id, MessageId(0));
            }
            let Some(operation) = transfer.ended else { continue };
            let found = blank::of_operation_after(tx, operation, self.to.message, self.free()).await?;
            self.to.message = found.last().copied().unwrap_or(self.to.message);
            self.messages.extend(found);
        }
        Ok(())
    }

    /// Adds messages of no operation that arrived long enough ago. They have no deliveries.
    async fn add_unassigned(
        &mut self,
        tx: &mut ReadTx,
        data: RetainedData,
        is_over: impl Fn(Timestamp) -> bool,
    ) -> Result<(), Error> {
        let limit = match data {
            RetainedData::Texts | RetainedData::Senders => self.free(),
            RetainedData::Attempts => 0,
        };
        let found = blank::without_delivery_after(tx, self.from.undelivered, limit).await?;
        for message in found.into_iter().take_while(|one| is_over(one.received_at)) {
            self.to.undelivered = message.id;
            if message.is_unassigned {
                self.messages.push(message.id);
            }
        }
        Ok(())
    }
}
