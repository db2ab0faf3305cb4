//! The version of the schema: compares the migrations of this program with those of the file.

use std::collections::BTreeMap;

use super::error::DatabaseResult as _;
use super::{ACQUIRE_TIMEOUT, Error, MIGRATIONS, SqliteDatabase};
use crate::storage::error::UnusableFile;

impl SqliteDatabase {
    /// Brings the tables up to date; forward only.
    ///
    /// # Errors
    /// As [`Self::pending_migrations`], or a migration fails; what was migrated before it stays.
    pub(in crate::storage) async fn migrate(&self) -> Result<(), Error> {
        self.pending_migrations().await?;
        let mut guard = self.writer.acquire(ACQUIRE_TIMEOUT).await.context("migrate")?;
        let migrated = MIGRATIONS.run(guard.connection()).await;
        migrated.map_err(|error| Error::unavailable("migrate", error.to_string()))
    }

    /// How many migrations have not been run on the file yet.
    ///
    /// # Errors
    /// [`UnusableFile::Newer`] and [`UnusableFile::Altered`]: the file has migrations that this program does not know.
    pub(in crate::storage) async fn pending_migrations(&self) -> Result<usize, Error> {
        let applied = self.applied_migrations().await?;
        let known: BTreeMap<i64, &[u8]> = MIGRATIONS.iter().map(|one| (one.version, &*one.checksum)).collect();
        for (version, checksum) in &applied {
            match known.get(version) {
                None => return Err(UnusableFile::Newer(*version).into()),
                Some(ours) if ours != checksum => return Err(UnusableFile::Altered(*version).into()),
                Some(_) => {}
            }
        }
        Ok(known.keys().filter(|version| !applied.contains_key(version)).count())
    }

    /// The migrations that were run: versions and checksums.
    async fn applied_migrations(&self) -> Result<BTreeMap<i64, Vec<u8>>, Error> {
        let mut guard = self.writer.acquire(ACQUIRE_TIMEOUT).await.context("migrate")?;
        let exists: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations')")
                .fetch_one(guard.connection())
                .await
                .context("migrate")?;
        if !exists {
            return Ok(BTreeMap::new());
        }
        let rows = sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations WHERE success")
            .fetch_all(guard.connection())
            .await
            .context("migrate")?;
        Ok(rows.into_iter().collect())
    }
}
