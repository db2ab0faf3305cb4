//! Keeps the write-ahead log of the database short, so that few commits have to shorten it.

use super::{Flows, StorageError};

impl Flows {
    /// Moves what is committed from the log into the file. Without it, only the slowest commits take longer.
    pub async fn checkpoint(&self) -> Result<(), StorageError> {
        match self.database.sqlite() {
            Some(file) => Ok(file.checkpoint().await?),
            None => Ok(()),
        }
    }
}
