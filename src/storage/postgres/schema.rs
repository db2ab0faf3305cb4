//! The version of the tables in PostgreSQL.

use std::collections::BTreeMap;

use sqlx::migrate::Migration;
use tokio_postgres::Client;

use super::begin::quoted;
use super::{PostgresConnection, PostgresDatabase, PostgresResult as _, get};
use crate::storage::error::{Error, UnusableFile};
use crate::storage::migrations::POSTGRES_MIGRATIONS;

/// Two may want to make it at the same time: it is made behind the lock of migrations.
const NOTED: &str = "CREATE TABLE IF NOT EXISTS migrations (
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
        let migrated = self.run_all(&connection).await;
        if migrated.is_err() {
            // With the transaction that it has open.
            connection.close();
        }
        migrated.context("migrate")
    }

    async fn run_all(&self, connection: &PostgresConnection) -> Result<(), tokio_postgres::Error> {
        let client = connection.client();
        for migration in POSTGRES_MIGRATIONS.iter() {
            client.batch_execute(&connection.begin().migrate).await?;
            if let Some(schema) = &self.schema {
                make_schema(client, schema).await?;
            }
            client.batch_execute(NOTED).await?;
            run(client, migration).await?;
            client.batch_execute("COMMIT").await?;
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
        let applied = applied(&connection).await;
        if applied.is_err() {
            connection.close();
        }
        applied.context("migrate")
    }
}

async fn applied(connection: &PostgresConnection) -> Result<BTreeMap<i64, Vec<u8>>, tokio_postgres::Error> {
    let client = connection.client();
    client.batch_execute(&connection.begin().read).await?;
    let exists = client.query_one("SELECT to_regclass('migrations') IS NOT NULL", &[]);
    let rows = match exists.await?.get(0) {
        true => client.query("SELECT version, checksum FROM migrations", &[]).await?,
        false => Vec::new(),
    };
    client.batch_execute("COMMIT").await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Makes the schema if there is none. IF NOT EXISTS alone would need the right to make one even then.
async fn make_schema(client: &Client, name: &str) -> Result<(), tokio_postgres::Error> {
    let named = "SELECT 1 FROM pg_namespace WHERE nspname = $1";
    match client.query(named, &[&name]).await?.is_empty() {
        true => client.batch_execute(&format!("CREATE SCHEMA {}", quoted(name))).await,
        false => Ok(()),
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
