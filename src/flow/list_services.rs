//! GET_SERVICES: how much can be rented at this moment, all at once (rule 4).

use super::{Flows, StorageError};
use crate::domain::stock::AvailableCounts;
use crate::storage::Error;

impl Flows {
    /// What can be rented now. Nothing is promised while nothing can be written: GET_NUMBER could not keep it.
    pub async fn list_services(&self) -> Result<AvailableCounts, StorageError> {
        if !self.database.is_writable() && !self.is_writable().await {
            return Err(Error::unwritable().into());
        }
        let mut session = self.database.read().await?;
        let mut stock = self.pools.read(&mut session, self.clock.now()).await?;
        Ok(stock.available_counts())
    }
}
