//! The version of the tables in PostgreSQL.

use std::collections::BTreeMap;

use sqlx::migrate::Migration;
use tokio_postgres::Client;

use super::{PostgresDatabase, PostgresResult as _, get};
use crate::storage::error::{Error, UnusableFile};
use crate::storage::migrations::POSTGRES_MIGRATIONS;

/// Migrations run one after another, whichever replica runs them.
const BEGIN: &str = "BEGIN; SELECT pg_advisory_xact_lock(1280527437);
    CREATE TABLE IF NOT EXISTS migrations (
        -- The number in the name of the file.
        version  bigint PRIMARY KEY,
        -- SHA-384 of the file.
        checksum bytea NOT NULL,
        run_at   timestamptz NOT NULL DEFAULT now()
    )";

impl PostgresDatabase {
    pub(in crate::storage) async fn migrate(&self) -> Result<(), Error> {
        self.pending_migrations().await?;
        let connection = get(&self.writers, "migrate").await?;
        let client = connection.client();
        for migration in POSTGRES_MIGRATIONS.iter() {
            client.batch_execute(BEGIN).await.context("migrate")?;
            if let Err(error) = run(client, migration).await {
                connection.close();
                return Err(error).context("migrate");
            }
            client.batch_execute("COMMIT").await.context("migrate")?;
        }
        Ok(())
    }

    pub(in crate::storage) async fn pending_migrations(&self) -> Result<usize, Error> {
        let applied = self.applied_migrations().await?;
        let known = POSTGRES_MIGRATIONS.iter().map(|one| (one.version, &*one.checksum));
        let known: BTreeMap<i64, &[u8]> = known.collect();
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
        let connection = get(&self.writers, "migrate").await?;
        let client = connection.client();
        let exists = client
            .query_one("SELECT to_regclass('migrations') IS NOT NULL", &[])
            .await
            .context("migrate")?;
        if !exists.get::<_, bool>(0) {
            return Ok(BTreeMap::new());
        }
        let rows = client
            .query("SELECT version, checksum FROM migrations", &[])
            .await
            .context("migrate")?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }
}

/// Runs a migration, unless another replica has run it meanwhile.
async fn run(client: &Client, migration: &Migration) -> Result<(), tokio_postgres::Error> {
    let version = migration.version;
    let noted = "INSERT INTO migrations (version, checksum) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    match client.execute(noted, &[&version, &&*migration.checksum]).await? {
        0 => Ok(()),
        _ => client.batch_execute(migration.sql.as_str()).await,
    }
}
