//! Transactions: views for reading, and the one that writes.
//!
//! A trip to the database's thread costs more than most statements. So a statement that only writes is queued, and all
//! that are queued make one trip: before the next read, or before the commit. Each says how many rows it has to change.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures_util::TryStreamExt as _;
use sqlx::sqlite::{SqliteArguments, SqliteConnection, SqliteQueryResult};
use sqlx::{Arguments as _, AssertSqlSafe, Either, Executor as _, Sqlite, Transaction};

use super::Health;
use super::error::{DatabaseResult as _, Error, Refused as _};
use super::writer::Lent;

/// A consistent view of the database.
#[derive(Debug)]
pub struct Session {
    held: Held,
    queued: Vec<Queued>,
}

#[derive(Debug)]
enum Held {
    Reader(Transaction<'static, Sqlite>),
    Writer(Lent),
}

/// A statement that waits for its trip.
#[derive(Debug)]
struct Queued {
    table: &'static str,
    sql: &'static str,
    /// How many rows it has to change; `None`: as many as it finds.
    expected: Option<usize>,
    arguments: Vec<Argument>,
}

/// What is bound to a statement.
#[derive(Debug)]
pub(super) enum Argument {
    Null,
    Integer(i64),
    Text(String),
    Blob(Vec<u8>),
}

impl From<i64> for Argument {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl From<String> for Argument {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u32> for Argument {
    fn from(integer: u32) -> Self {
        Self::Integer(integer.into())
    }
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&[u8]> for Argument {
    fn from(bytes: &[u8]) -> Self {
        Self::Blob(bytes.to_owned())
    }
}

impl<T: Into<Self>> From<Option<T>> for Argument {
    fn from(option: Option<T>) -> Self {
        option.map_or(Self::Null, Into::into)
    }
}

impl Session {
    pub(super) fn reading(transaction: Transaction<'static, Sqlite>) -> Self {
        Self {
            held: Held::Reader(transaction),
            queued: Vec::new(),
        }
    }

    /// The connection, with everything done that was queued.
    pub(super) async fn connection(&mut self) -> Result<&mut SqliteConnection, Error> {
        self.flush().await?;
        Ok(self.held.connection())
    }

    async fn flush(&mut self) -> Result<(), Error> {
        if self.queued.is_empty() {
            return Ok(());
        }
        let queued = std::mem::take(&mut self.queued);
        let wanted: Vec<(&'static str, Option<usize>)> = queued.iter().map(|one| (one.table, one.expected)).collect();
        let (script, arguments) = script(queued)?;
        let mut answers = self
            .held
            .connection()
            .fetch_many(sqlx::query_with(AssertSqlSafe(script), arguments));
        for (table, expected) in wanted {
            let done = loop {
                match answers.try_next().await.during(table)? {
                    Some(Either::Left(done)) => break done,
                    Some(Either::Right(_)) => {}
                    None => break SqliteQueryResult::default(),
                }
            };
            if let Some(expected) = expected {
                Ok(done).expecting(table, expected)?;
            }
        }
        Ok(())
    }
}

impl Held {
    fn connection(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Reader(transaction) => transaction,
            Self::Writer(lent) => lent.connection(),
        }
    }
}

/// The statements as one text. Parameters are counted through: what was `$1` of the second is `$3` behind two others.
fn script(queued: Vec<Queued>) -> Result<(String, SqliteArguments), Error> {
    let mut text = String::with_capacity(queued.iter().map(|one| one.sql.len() + 8).sum());
    let mut arguments = SqliteArguments::default();
    for one in queued {
        let before = arguments.len();
        let mut pieces = one.sql.split('$');
        text.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
            let number: usize = piece[..digits].parse().expect("parameters are numbered: $1, $2");
            text.push('$');
            text.push_str(&(before + number).to_string());
            text.push_str(&piece[digits..]);
        }
        text.push(';');
        for argument in one.arguments {
            let added = match argument {
                Argument::Null => arguments.add(None::<i64>),
                Argument::Integer(integer) => arguments.add(integer),
                Argument::Text(text) => arguments.add(text),
                Argument::Blob(bytes) => arguments.add(bytes),
            };
            added.map_err(|error| Error::unavailable(one.table, error.to_string()))?;
        }
    }
    Ok((text, arguments))
}

/// The write transaction; there is one at a time. Dropped without [`WriteTx::commit`], it changes nothing.
#[derive(Debug)]
pub struct WriteTx {
    session: Session,
    health: Arc<Health>,
}

impl Deref for WriteTx {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.session
    }
}

impl WriteTx {
    pub(super) fn new(lent: Lent, health: Arc<Health>) -> Self {
        let session = Session {
            held: Held::Writer(lent),
            queued: Vec::new(),
        };
        Self { session, health }
    }

    /// Has a statement run before the next read or the commit. There it fails when it changes another number of rows.
    /// One that has no row to change is left out.
    pub(super) fn queue<const N: usize>(
        &mut self,
        table: &'static str,
        sql: &'static str,
        expected: usize,
        arguments: [Argument; N],
    ) {
        if expected > 0 {
            self.session.queued.push(Queued {
                table,
                sql,
                expected: Some(expected),
                arguments: arguments.into(),
            });
        }
    }

    /// The same for a statement that changes as many rows as it finds.
    pub(super) fn queue_any<const N: usize>(
        &mut self,
        table: &'static str,
        sql: &'static str,
        arguments: [Argument; N],
    ) {
        self.session.queued.push(Queued {
            table,
            sql,
            expected: None,
            arguments: arguments.into(),
        });
    }

    /// Runs what is queued. Fails when one of the statements changes another number of rows than it has to.
    pub async fn flush(&mut self) -> Result<(), Error> {
        let flushed = self.session.flush().await;
        if flushed.as_ref().is_err_and(Error::is_unavailable) {
            self.health.suspect.store(true, Ordering::Relaxed);
            self.health.unwritable.store(true, Ordering::Relaxed);
        }
        flushed
    }

    /// Makes all of it durable (rule 2): when this returns, the log is synced to the disk.
    pub async fn commit(mut self) -> Result<(), Error> {
        self.flush().await?;
        let Held::Writer(lent) = self.session.held else {
            unreachable!("a write transaction holds the writer")
        };
        let committed = lent.commit().await;
        self.health.note(&committed);
        self.health.unwritable.store(committed.is_err(), Ordering::Relaxed);
        committed.during("commit")
    }

    /// Forgets all of it.
    pub async fn rollback(self) -> Result<(), Error> {
        let Held::Writer(lent) = self.session.held else {
            unreachable!("a write transaction holds the writer")
        };
        lent.rollback().await.during("rollback")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_queued_statements_are_counted_through() {
        let one = |sql, arguments: [Argument; 2]| Queued {
            table: "numbers",
            sql,
            expected: None,
            arguments: arguments.into(),
        };
        let queued = vec![
            one(
                "UPDATE numbers SET strikes = $2 WHERE number = $1 AND pool_id <> $1",
                [1_i64.into(), "x".into()],
            ),
            one(
                "DELETE FROM shelf WHERE pool_id = $1 AND number = $2",
                [2_i64.into(), None::<i64>.into()],
            ),
        ];
        let (text, arguments) = script(queued).unwrap();
        assert_eq!(
            text,
            "UPDATE numbers SET strikes = $2 WHERE number = $1 AND pool_id <> $1;DELETE FROM shelf WHERE pool_id = $3 AND number = $4;"
        );
        assert_eq!(arguments.len(), 4);
    }
}
