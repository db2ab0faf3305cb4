//! Transactions: those that read, and the one that writes.
//!
//! A round trip to the database's thread costs more than most statements. So statements that only write, also BEGIN, are
//! queued and run together with the next read, or with the commit. Each has the number of rows that it must change.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Either, Executor as _, Sqlite, Transaction};

use super::Health;
use super::error::{DatabaseResult as _, Error, Refused as _};
use super::row::Row;
use super::statement::{Argument, Read, Sql, Statement, VALUES, Value, combine, script, statement};
use super::writer::WriterGuard;

/// A read transaction: a consistent view of the database.
#[derive(Debug)]
pub struct ReadTx {
    connection: Connection,
    queued: Vec<Statement>,
}

#[derive(Debug)]
enum Connection {
    Reader(Transaction<'static, Sqlite>),
    Writer(WriterGuard, Arc<Health>),
}

impl ReadTx {
    pub(super) fn reading(transaction: Transaction<'static, Sqlite>) -> Self {
        Self {
            connection: Connection::Reader(transaction),
            queued: Vec::new(),
        }
    }

    /// The rows of a statement; what was queued runs in the same round trip.
    pub(super) async fn fetch<const N: usize>(
        &mut self,
        table: &'static str,
        sql: impl Into<Sql>,
        arguments: [Argument; N],
    ) -> Result<Vec<Row>, Error> {
        self.fetch_rows(statement(table, sql, arguments)).await
    }

    /// The first row of a statement, if it has one.
    pub(super) async fn fetch_first<const N: usize>(
        &mut self,
        table: &'static str,
        sql: impl Into<Sql>,
        arguments: [Argument; N],
    ) -> Result<Option<Row>, Error> {
        Ok(self.fetch(table, sql, arguments).await?.into_iter().next())
    }

    /// The row of a statement that always has one.
    pub(super) async fn fetch_one<const N: usize>(
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

    async fn fetch_rows(&mut self, read: Statement) -> Result<Vec<Row>, Error> {
        self.queued.push(read);
        let mut rows = self.run().await?;
        Ok(rows.pop().expect("each statement has its rows"))
    }

    async fn flush(&mut self) -> Result<(), Error> {
        if self.queued.is_empty() {
            return Ok(());
        }
        self.run().await.map(drop)
    }

    /// Runs what is queued, in one round trip; the rows of each statement.
    async fn run(&mut self) -> Result<Vec<Vec<Row>>, Error> {
        let queued = std::mem::take(&mut self.queued);
        let result = run(&mut self.connection, queued).await;
        if let (Err(error), Connection::Writer(_, health)) = (&result, &self.connection)
            && error.is_unavailable()
        {
            health.unwritable.store(true, Ordering::Relaxed);
        }
        result
    }
}

const fn value(row: &Row, index: usize) -> Value<'_> {
    let column = VALUES[index];
    Value { row, column }
}

async fn run(connection: &mut Connection, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, Error> {
    let expectations: Vec<_> = statements.iter().map(|one| (one.table, one.expected)).collect();
    let (script, arguments) = script(statements)?;
    let health = connection.health();
    let query = sqlx::query_with(AssertSqlSafe(script), arguments);
    let mut answers = connection.raw().fetch_many(query);
    let mut all = Vec::with_capacity(expectations.len());
    for (table, expected) in expectations {
        let mut rows = Vec::new();
        let done = loop {
            let answer = answers.try_next().await;
            if let Some(health) = &health {
                health.note(&answer);
            }
            match answer.context(table)? {
                Some(Either::Left(done)) => break done,
                Some(Either::Right(row)) => rows.push(Row::new(table, row)),
                // The database's thread has ended; it is unknown what it did last.
                None => return Err(Error::unavailable(table, "the database gave no answer".to_owned())),
            }
        };
        if let Some(expected) = expected {
            Ok(done).ensure_rows(table, expected)?;
        }
        all.push(rows);
    }
    Ok(all)
}

impl Connection {
    fn raw(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Reader(transaction) => transaction,
            Self::Writer(guard, _) => guard.connection(),
        }
    }

    fn health(&self) -> Option<Arc<Health>> {
        match self {
            Self::Reader(_) => None,
            Self::Writer(_, health) => Some(Arc::clone(health)),
        }
    }
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
    pub(super) fn new(guard: WriterGuard, health: Arc<Health>) -> Self {
        Self(ReadTx {
            connection: Connection::Writer(guard, health),
            queued: vec![statement("begin", "BEGIN IMMEDIATE", [])],
        })
    }

    /// Queues a statement. It runs with the next read or the commit, and fails when it changes another number of rows than
    /// `expected`. With 0 it is left out.
    pub(super) fn queue<const N: usize>(
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
    pub(super) fn queue_insert<const N: usize>(
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
    pub(super) fn queue_any<const N: usize>(
        &mut self,
        table: &'static str,
        sql: impl Into<Sql>,
        arguments: [Argument; N],
    ) {
        self.0.queued.push(statement(table, sql, arguments));
    }

    /// Runs what is queued. Fails when one of the statements changes another number of rows than expected.
    pub async fn flush(&mut self) -> Result<(), Error> {
        self.0.flush().await
    }

    /// Commits (rule 2): when this returns, the log is synced to the disk.
    pub async fn commit(mut self) -> Result<(), Error> {
        let queued = std::mem::take(&mut self.0.queued);
        for one in queued {
            let check = one.check();
            self.0.queued.push(one);
            self.0.queued.extend(check);
        }
        self.0.queued.push(statement("commit", "COMMIT", []));
        let begun = Instant::now();
        let flushed = self.flush().await;
        if let Connection::Writer(_, health) = &self.0.connection {
            let took = begun.elapsed();
            health.slow_commits.note(took);
            health.commit_observer.note(took);
        }
        flushed?;
        let Connection::Writer(guard, health) = self.0.connection else {
            unreachable!("a write transaction holds the writer")
        };
        guard.committed();
        health.unwritable.store(false, Ordering::Relaxed);
        health.committed.notify_one();
        Ok(())
    }

    /// Discards all changes.
    pub async fn rollback(self) -> Result<(), Error> {
        let Connection::Writer(guard, _) = self.0.connection else {
            unreachable!("a write transaction holds the writer")
        };
        guard.rollback().await.context("rollback")
    }
}
