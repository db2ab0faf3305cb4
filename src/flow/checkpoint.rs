//! Keeps the log of the database short beside the commits, so that few of them have to.

use super::{Flows, StorageError};

impl Flows {
    /// Moves what is committed from the log into the file. Nothing depends on it but how long the slowest commit takes.
    pub async fn checkpoint(&self) -> Result<(), StorageError> {
        Ok(self.database.checkpoint().await?)
    }
}
