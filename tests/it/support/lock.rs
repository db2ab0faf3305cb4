//! The database as another process may leave it: locked, or changed.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, SqliteConnection};

use super::test_server::TestServer;

/// A write transaction of another process. As long as it lasts, nothing can be written.
pub struct Lock(SqliteConnection);

impl TestServer {
    /// Executes SQL on the file; the server does not notice.
    pub async fn execute_sql(&self, sql: &'static str) {
        let options = SqliteConnectOptions::new().filename(self.file());
        let mut connection = options.connect().await.unwrap();
        sqlx::query(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        let options = SqliteConnectOptions::new().filename(self.file());
        let mut connection = options.connect().await.unwrap();
        let sql = format!("SELECT count(*) FROM {table}");
        let count = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
        count
    }

    /// Locks the file as a second process would.
    pub async fn lock_storage(&self) -> Lock {
        let options = SqliteConnectOptions::new().filename(self.file());
        let mut connection = options.connect().await.unwrap();
        sqlx::query("BEGIN EXCLUSIVE").execute(&mut connection).await.unwrap();
        Lock(connection)
    }
}

impl Lock {
    pub async fn release(mut self) {
        sqlx::query("ROLLBACK").execute(&mut self.0).await.unwrap();
        self.0.close().await.unwrap();
    }
}
