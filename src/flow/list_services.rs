//! GET_SERVICES: how many numbers can be rented now, also if all of them are rented at once (rule 4).

use super::{Flows, StorageError};
use crate::domain::stock::AvailableCounts;
use crate::storage::Error;

impl Flows {
    /// How many numbers can be rented now. Fails while the database cannot be written: GET_NUMBER would fail, too.
    pub async fn list_services(&self) -> Result<AvailableCounts, StorageError> {
        if !self.database.last_commit_succeeded() && !self.is_writable().await {
            return Err(Error::unwritable().into());
        }
        let mut tx = self.database.read().await?;
        let mut stock = self.pools.read(&mut tx, self.clock.now()).await?;
        Ok(stock.available_counts())
    }
}
