//! Keeps the write-ahead log of the database short, so that few commits have to do it.

use super::{Flows, StorageError};

impl Flows {
    /// Moves what is committed from the log into the file. Only the time of the slowest commits depends on it.
    pub async fn checkpoint(&self) -> Result<(), StorageError> {
        Ok(self.database.checkpoint().await?)
    }
}
