//! The way into a database that is not ours: statements that know nothing of the server's rules, only the database's.

use sqlx::{AssertSqlSafe, Connection as _, SqliteConnection};
use tokio_postgres::Client;

use super::store::Store;
use crate::support::postgres;

/// What refused a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusedBy {
    Check,
    ForeignKey,
    NotNull,
    Trigger,
    /// The type of a column.
    Type,
    Unique,
}

/// A statement that the database refused, with its message.
#[derive(Debug)]
pub struct Refusal {
    pub by: RefusedBy,
    pub message: String,
}

impl Refusal {
    fn of_sqlite(error: &sqlx::Error, statements: &str) -> Self {
        let code = error.as_database_error().and_then(|error| error.code());
        let by = match code.as_deref() {
            Some("275") => RefusedBy::Check,
            Some("787") => RefusedBy::ForeignKey,
            Some("1299") => RefusedBy::NotNull,
            Some("1811") => RefusedBy::Trigger,
            Some("3091") => RefusedBy::Type,
            Some("1555" | "2067") => RefusedBy::Unique,
            // Misspelt, for one.
            _ => panic!("{error}: {statements}"),
        };
        let message = error.to_string();
        Self { by, message }
    }

    fn of_postgres(error: &tokio_postgres::Error, statements: &str) -> Self {
        let error = error.as_db_error().unwrap();
        let by = match error.code().code() {
            // A trigger raises it, too, but there is no constraint then.
            "23514" if error.constraint().is_none() => RefusedBy::Trigger,
            "23514" => RefusedBy::Check,
            "23503" => RefusedBy::ForeignKey,
            "23502" => RefusedBy::NotNull,
            "22P02" | "42804" => RefusedBy::Type,
            "23505" => RefusedBy::Unique,
            _ => panic!("{error}: {statements}"),
        };
        let message = error.message().to_owned();
        Self { by, message }
    }
}

impl Store {
    /// A connection to the file that knows nothing of the server's rules, only the database's.
    pub async fn raw(&self) -> SqliteConnection {
        SqliteConnection::connect(&self.url).await.unwrap()
    }

    /// The same for PostgreSQL.
    pub async fn client(&self) -> Client {
        postgres::connect(&self.url).await.unwrap()
    }

    pub const fn is_file(&self) -> bool {
        self.directory.is_some()
    }

    /// Runs statements behind the storage's back. They may break a rule, but not the grammar.
    pub async fn sql(&self, statements: &str) -> Result<(), Refusal> {
        if self.is_file() {
            let ran = sqlx::raw_sql(AssertSqlSafe(statements.to_owned()))
                .execute(&mut self.raw().await)
                .await;
            return ran.map(drop).map_err(|error| Refusal::of_sqlite(&error, statements));
        }
        let ran = self.client().await.batch_execute(statements).await;
        ran.map_err(|error| Refusal::of_postgres(&error, statements))
    }

    /// Runs a statement that no CHECK stops.
    pub async fn damage(&self, statement: &str) {
        let unchecked = match self.is_file() {
            true => "PRAGMA ignore_check_constraints = ON",
            false => {
                "DO $$ DECLARE found record; BEGIN
                     FOR found IN SELECT conrelid::regclass AS place, conname FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0 LOOP
                         EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.place, found.conname);
                     END LOOP; END $$"
            }
        };
        self.sql(&format!("{unchecked}; {statement}")).await.unwrap();
    }

    /// The statement that inserts a row, or replaces the one that is in the way: of a PostgreSQL, changes that one's `column`.
    pub fn replace(&self, table: &str, columns: &str, values: &str, column: &str) -> String {
        match self.is_file() {
            true => format!("REPLACE INTO {table} {columns} VALUES ({values})"),
            false => format!(
                "INSERT INTO {table} {columns} VALUES ({values}) ON CONFLICT (id) DO UPDATE SET {column} = EXCLUDED.{column}"
            ),
        }
    }

    /// The result of a query of one integer.
    pub async fn count(&self, query: &str) -> i64 {
        self.column(query).await[0]
    }

    pub async fn rows(&self, table: &str) -> i64 {
        self.count(&format!("SELECT count(*) FROM {table}")).await
    }

    /// The whole of a column, in the order of the table's key.
    pub async fn column(&self, query: &str) -> Vec<i64> {
        if self.is_file() {
            let values = sqlx::query_scalar(AssertSqlSafe(query.to_owned()));
            return values.fetch_all(&mut self.raw().await).await.unwrap();
        }
        let query = format!("SELECT CAST(q.v AS bigint) FROM ({query}) AS q (v)");
        let rows = self.client().await.query(&query, &[]).await;
        rows.unwrap().iter().map(|row| row.get(0)).collect()
    }

    /// The names of a table's columns.
    pub async fn columns(&self, table: &str) -> Vec<String> {
        if self.is_file() {
            let names = format!("SELECT name FROM pragma_table_info('{table}')");
            return sqlx::query_scalar(AssertSqlSafe(names))
                .fetch_all(&mut self.raw().await)
                .await
                .unwrap();
        }
        let query = format!("SELECT * FROM {table} LIMIT 0");
        let statement = self.client().await.prepare(&query).await.unwrap();
        statement
            .columns()
            .iter()
            .map(|column| column.name().to_owned())
            .collect()
    }
}
