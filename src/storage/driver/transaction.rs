//! Transactions: those that read, and the one that writes.
//!
//! A round trip to SQLite's thread, or to PostgreSQL, costs more than most statements. So statements that only write, also
//! BEGIN, are queued and run together with the next read, or with the commit. Each has the number of rows that it must change.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use bytes::Bytes;
use sqlx::{Sqlite, Transaction};

use super::argument::Argument;
use super::postgres::PostgresTransaction;
use super::row::Row;
use super::sqlite::{SqliteTransaction, with_checks};
use super::statement::{Read, Sql, Statement, VALUES, Value, combine, statement};
use crate::storage::error::Error;
use crate::storage::health::Health;
use crate::storage::sqlite::WriterGuard;

/// A read transaction: a consistent view of the database.
#[derive(Debug)]
pub struct ReadTx {
    connection: Connection,
    queued: Vec<Statement>,
    /// A statement failed, or its caller did not wait for its answer: PostgreSQL may take no further one, and answer a COMMIT
    /// with a rollback.
    has_failed: bool,
    /// Of a transaction that writes: what its statements show about the database.
    health: Option<Arc<Health>>,
}

#[derive(Debug)]
enum Connection {
    Sqlite(SqliteTransaction),
    Postgres(PostgresTransaction),
}

impl ReadTx {
    pub(in crate::storage) fn of_sqlite(transaction: Transaction<'static, Sqlite>) -> Self {
        Self::new(Connection::Sqlite(SqliteTransaction::Reader(transaction)), None)
    }

    pub(in crate::storage) fn of_postgres(transaction: PostgresTransaction) -> Self {
        Self::new(Connection::Postgres(transaction), None)
    }

    fn new(connection: Connection, health: Option<Arc<Health>>) -> Self {
        Self {
            connection,
            queued: Vec::new(),
            has_failed: false,
            health,
        }
    }

    /// The rows of a statement; what was queued runs in the same round trip.
    pub(in crate::storage) async fn fetch<const N: usize>(
        &mut self,
        table: &'static str,
        sql: impl Into<Sql>,
        arguments: [Argument; N],
    ) -> Result<Vec<Row>, Error> {
        self.fetch_rows(statement(table, sql, arguments)).await
    }

    /// The first row of a statement, if it has one.
    pub(in crate::storage) async fn fetch_first<const N: usize>(
        &mut self,
        table: &'static str,
        sql: impl Into<Sql>,
        arguments: [Argument; N],
    ) -> Result<Option<Row>, Error> {
        Ok(self.fetch(table, sql, arguments).await?.into_iter().next())
    }

    /// The row of a statement that always has one.
    pub(in crate::storage) async fn fetch_one<const N: usize>(
        &mut self,
        table: &'static str,
        sql: impl Into<Sql>,
        arguments: [Argument; N],
    ) -> Result<Row, Error> {
        let column = "no row";
        let row = self.fetch_first(table, sql, arguments).await?;
        row.ok_or(Error::Corrupt { table, column })
    }

    /// Runs a read.
    pub async fn read<T>(&mut self, read: Read<T>) -> Result<T, Error> {
        let row = self.fetch_together([read.statement]).await?;
        (read.parse)(value(&row, 0))
    }

    /// Two reads in one round trip.
    pub async fn read_two<A, B>(&mut self, a: Read<A>, b: Read<B>) -> Result<(A, B), Error> {
        let row = self.fetch_together([a.statement, b.statement]).await?;
        Ok(((a.parse)(value(&row, 0))?, (b.parse)(value(&row, 1))?))
    }

    /// Three reads in one round trip.
    pub async fn read_three<A, B, C>(&mut self, a: Read<A>, b: Read<B>, c: Read<C>) -> Result<(A, B, C), Error> {
        let row = self.fetch_together([a.statement, b.statement, c.statement]).await?;
        Ok((
            (a.parse)(value(&row, 0))?,
            (b.parse)(value(&row, 1))?,
            (c.parse)(value(&row, 2))?,
        ))
    }

    /// The values of several reads, in one row.
    async fn fetch_together<const N: usize>(&mut self, reads: [Statement; N]) -> Result<Row, Error> {
        let row = self.fetch_rows(combine(reads)).await?.pop();
        Ok(row.expect("a SELECT of values has one row"))
    }

    /// The rows of a statement; what was queued runs in the same round trip.
    pub(in crate::storage) async fn fetch_rows(&mut self, read: Statement) -> Result<Vec<Row>, Error> {
        self.queued.push(read);
        let mut rows = self.run().await?;
        Ok(rows.pop().expect("each statement has its rows"))
    }

    async fn flush(&mut self) -> Result<(), Error> {
        if self.queued.is_empty() && self.connection.is_begun() {
            return Ok(());
        }
        self.run().await.map(drop)
    }

    /// Runs what is queued, in one round trip; the rows of each statement.
    async fn run(&mut self) -> Result<Vec<Vec<Row>>, Error> {
        let queued = std::mem::take(&mut self.queued);
        if self.has_failed {
            return Err(Error::unavailable(
                "transaction",
                "a statement before has failed or was given up".to_owned(),
            ));
        }
        // Stays so when this future is dropped before its end.
        self.has_failed = true;
        let result = match &mut self.connection {
            Connection::Sqlite(transaction) => transaction.run(queued).await,
            Connection::Postgres(transaction) => transaction.run(queued).await,
        };
        self.has_failed = result.is_err();
        if let (Err(error), Some(health)) = (&result, &self.health)
            && error.is_unavailable()
        {
            health.unwritable.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl Connection {
    /// Whether there is nothing to send before the first statement.
    const fn is_begun(&self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Postgres(transaction) => transaction.is_begun(),
        }
    }
}

const fn value(row: &Row, index: usize) -> Value<'_> {
    let column = VALUES[index];
    Value { row, column }
}

/// The write transaction; there is one at a time. If it is dropped without [`WriteTx::commit`], it changes nothing.
#[derive(Debug)]
pub struct WriteTx(ReadTx);

impl Deref for WriteTx {
    type Target = ReadTx;

    fn deref(&self) -> &ReadTx {
        &self.0
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut ReadTx {
        &mut self.0
    }
}

impl WriteTx {
    pub(in crate::storage) fn of_sqlite(guard: WriterGuard, health: Arc<Health>) -> Self {
        let connection = Connection::Sqlite(SqliteTransaction::Writer(guard));
        let mut tx = ReadTx::new(connection, Some(health));
        tx.queued.push(statement("begin", "BEGIN IMMEDIATE", []));
        Self(tx)
    }

    pub(in crate::storage) fn of_postgres(transaction: PostgresTransaction, health: Arc<Health>) -> Self {
        Self(ReadTx::new(Connection::Postgres(transaction), Some(health)))
    }

    /// Queues a statement. It runs with the next read or the commit, and fails when it changes another number of rows than
    /// `expected`. With 0 it is left out.
    pub(in crate::storage) fn queue<const N: usize>(
        &mut self,
        table: &'static str,
        sql: impl Into<Sql>,
        expected: usize,
        arguments: [Argument; N],
    ) {
        if expected > 0 {
            let expected = Some(expected);
            self.0.queued.push(Statement {
                expected,
                ..statement(table, sql, arguments)
            });
        }
    }

    /// The same for an INSERT that stores all of `rows` rows or fails: they need not be counted.
    pub(in crate::storage) fn queue_insert<const N: usize>(
        &mut self,
        table: &'static str,
        sql: impl Into<Sql>,
        rows: usize,
        arguments: [Argument; N],
    ) {
        if rows > 0 {
            self.queue_any(table, sql, arguments);
        }
    }

    /// The same for a statement that may change any number of rows.
    pub(in crate::storage) fn queue_any<const N: usize>(
        &mut self,
        table: &'static str,
        sql: impl Into<Sql>,
        arguments: [Argument; N],
    ) {
        self.0.queued.push(statement(table, sql, arguments));
    }

    /// Queues a statement as it is.
    pub(in crate::storage) fn queue_statement(&mut self, statement: Statement) {
        self.0.queued.push(statement);
    }

    /// Gives these bytes to a COPY FROM STDIN of PostgreSQL. Fails when they are another number of rows.
    pub(in crate::storage) async fn copy(&mut self, copy: &Statement, bytes: Bytes, rows: usize) -> Result<(), Error> {
        self.flush().await?;
        self.0.has_failed = true;
        let copied = match &mut self.0.connection {
            Connection::Sqlite(_) => Err(Error::unavailable(copy.table, "SQLite has no COPY".to_owned())),
            Connection::Postgres(transaction) => transaction.copy(copy, bytes, rows).await,
        };
        self.0.has_failed = copied.is_err();
        copied
    }

    /// Begins the transaction, and runs what is queued. Fails when one of the statements changes another number of rows than expected.
    pub async fn flush(&mut self) -> Result<(), Error> {
        self.0.flush().await
    }

    /// Commits (rule 2): when this returns, the log is synced to the disk.
    pub async fn commit(mut self) -> Result<(), Error> {
        let queued = std::mem::take(&mut self.0.queued);
        self.0.queued = match self.0.connection {
            Connection::Sqlite(_) => with_checks(queued),
            // Each statement checks its own rows.
            Connection::Postgres(_) => queued,
        };
        self.0.queued.push(statement("commit", "COMMIT", []));
        let begun = Instant::now();
        let flushed = self.flush().await;
        let health = self.0.health.take().expect("a transaction that writes has it");
        health.note_commit(begun.elapsed());
        flushed?;
        match self.0.connection {
            Connection::Sqlite(transaction) => transaction.committed(),
            Connection::Postgres(transaction) => transaction.committed(),
        }
        health.unwritable.store(false, Ordering::Relaxed);
        health.committed.notify_one();
        Ok(())
    }

    /// Discards all changes.
    pub async fn rollback(self) -> Result<(), Error> {
        match self.0.connection {
            Connection::Sqlite(transaction) => transaction.roll_back().await,
            Connection::Postgres(transaction) => transaction.roll_back().await,
        }
    }
}
