//! The database as another process may leave it: locked, or changed.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection};
use tokio_postgres::Client;

use super::postgres;
use super::test_server::TestServer;

/// A write transaction of another process. As long as it lasts, nothing can be written.
pub enum Lock {
    File(SqliteConnection),
    Server(Client),
}

impl TestServer {
    /// Executes SQL on the database; the server does not notice.
    pub async fn execute_sql(&self, sql: &'static str) {
        if let Some(url) = self.postgres() {
            return postgres::connect(url).await.unwrap().batch_execute(sql).await.unwrap();
        }
        let mut connection = self.connect_to_file().await;
        sqlx::query(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        if let Some(url) = self.postgres() {
            return postgres::connect(url)
                .await
                .unwrap()
                .query_one(&sql, &[])
                .await
                .unwrap()
                .get(0);
        }
        let mut connection = self.connect_to_file().await;
        let count = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
        count
    }

    /// Locks the database as a second process would.
    pub async fn lock_storage(&self) -> Lock {
        if let Some(url) = self.postgres() {
            let client = postgres::connect(url).await.unwrap();
            let begin = "BEGIN; SELECT pg_advisory_xact_lock(1280527438)";
            client.batch_execute(begin).await.unwrap();
            return Lock::Server(client);
        }
        let mut connection = self.connect_to_file().await;
        sqlx::query("BEGIN EXCLUSIVE").execute(&mut connection).await.unwrap();
        Lock::File(connection)
    }

    async fn connect_to_file(&self) -> SqliteConnection {
        let options = SqliteConnectOptions::new().filename(self.file());
        options.connect().await.unwrap()
    }
}

impl Lock {
    pub async fn release(self) {
        match self {
            Self::File(mut connection) => {
                sqlx::query("ROLLBACK").execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Self::Server(client) => client.batch_execute("ROLLBACK").await.unwrap(),
        }
    }
}
