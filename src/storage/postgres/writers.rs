//! Whether replicas are at work.

use std::time::Duration;

use tokio::time::sleep;

use super::begin::WRITERS;
use super::{Error, PostgresDatabase};

/// How often it is asked, and how long in between: a write takes less.
const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(100);

impl PostgresDatabase {
    /// Whether somebody else writes, for two seconds on end.
    pub(in crate::storage) async fn has_writer(&self) -> Result<bool, Error> {
        for _ in 0..ATTEMPTS {
            let mut tx = self.read_for_admin().await?;
            let sql = "SELECT pg_try_advisory_xact_lock($1) AS is_free";
            if tx.fetch_one("writers", sql, [WRITERS.into()]).await?.get("is_free")? {
                return Ok(false);
            }
            drop(tx);
            sleep(PAUSE).await;
        }
        Ok(true)
    }
}
