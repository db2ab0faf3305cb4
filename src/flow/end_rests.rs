//! Numbers become available again when they have rested after a rental (rules 3 and 4).

use std::time::Duration;

use super::{Flows, StorageError};
use crate::domain::number::Number;
use crate::domain::stock::delta::StockDelta;
use crate::domain::time::Timestamp;
use crate::storage::{Database, Error, numbers, pools, restores};

/// The most rests that one transaction ends or shortens.
const BATCH_MAX: u32 = 500;

/// Rests are shortened only if they end more than this later than one that begins now: others begin in the meantime.
const SLACK: Duration = Duration::from_secs(5);

impl Flows {
    /// Ends the rests that are over. Returns whether there may be more of them now.
    pub async fn end_rests(&self) -> Result<bool, StorageError> {
        let mut tx = self.database.write().await?;
        let over = numbers::rest_over(&mut tx, self.clock.now(), BATCH_MAX).await?;
        if over.is_empty() {
            tx.rollback().await?;
            return Ok(false);
        }
        let rested: Vec<Number> = over.into_iter().map(Number::rested).collect();
        let mut delta = StockDelta::default();
        for number in rested.iter().filter(|number| number.is_available()) {
            delta.make_available(number.pool, number.number);
        }
        numbers::save(&mut tx, &rested);
        pools::apply(&mut tx, &delta);
        tx.commit().await?;
        Ok(u32::try_from(rested.len()).is_ok_and(|ended| ended >= BATCH_MAX))
    }

    /// Shortens rests that end later than one that begins now: they began before the clock was set back, or before
    /// `rent.rest` was lowered. The rest after a restore may be longer.
    pub async fn shorten_rests(&self) -> Result<(), StorageError> {
        let now = self.clock.now();
        let restore = restores::last(&mut self.database.read().await?).await?;
        let since_restore = restore.and_then(|restore| restore.rests_end(now));
        let latest = (now + self.policies.strikes.rest).max(since_restore.unwrap_or(now));
        while rest_range(&self.database)
            .await?
            .is_some_and(|(_, last)| last > latest + SLACK)
        {
            let mut tx = self.database.write().await?;
            numbers::shorten_rests(&mut tx, latest, latest + SLACK, BATCH_MAX);
            tx.commit().await?;
        }
        Ok(())
    }

    /// How long until the next rest is over; `None`: no number rests.
    pub async fn next_rest_end(&self) -> Result<Option<Duration>, StorageError> {
        let range = rest_range(&self.database).await?;
        Ok(range.map(|(first, _)| first.since(self.clock.now())))
    }
}

async fn rest_range(database: &Database) -> Result<Option<(Timestamp, Timestamp)>, Error> {
    numbers::rest_range(&mut database.read().await?).await
}
