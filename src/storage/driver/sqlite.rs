//! How SQLite runs statements: as one text, because a round trip to its thread costs more than most statements.

use futures_util::TryStreamExt as _;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection};
use sqlx::{Arguments as _, AssertSqlSafe, Either, Executor as _, Transaction};

use super::argument::Argument;
use super::row::Row;
use super::statement::{Statement, renumber, statement};
use crate::storage::error::Error;
use crate::storage::sqlite::{DatabaseResult as _, WriterGuard, WriterHealth, ensure_rows};

/// The connection of a transaction.
#[derive(Debug)]
pub(super) enum SqliteTransaction {
    Reader(Transaction<'static, Sqlite>),
    Writer(WriterGuard),
}

impl SqliteTransaction {
    /// Runs statements in one round trip; the rows of each.
    pub(super) async fn run(&mut self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, Error> {
        let expectations: Vec<_> = statements.iter().map(|one| (one.table, one.expected)).collect();
        let (script, arguments) = script(statements)?;
        let health = self.health();
        let query = sqlx::query_with(AssertSqlSafe(script), arguments);
        let mut answers = self.connection().fetch_many(query);
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
                    Some(Either::Right(row)) => rows.push(Row::of_sqlite(table, row)),
                    // The database's thread has ended; it is unknown what it did last.
                    None => return Err(Error::unavailable(table, "the database gave no answer".to_owned())),
                }
            };
            if let Some(expected) = expected {
                ensure_rows(&done, table, expected)?;
            }
            all.push(rows);
        }
        Ok(all)
    }

    /// The transaction is committed.
    pub(super) fn committed(self) {
        if let Self::Writer(guard) = self {
            guard.committed();
        }
    }

    pub(super) async fn roll_back(self) -> Result<(), Error> {
        match self {
            Self::Reader(transaction) => transaction.rollback().await,
            Self::Writer(guard) => guard.rollback().await,
        }
        .context("rollback")
    }

    fn connection(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Reader(transaction) => transaction,
            Self::Writer(guard) => guard.connection(),
        }
    }

    fn health(&self) -> Option<WriterHealth> {
        match self {
            Self::Reader(_) => None,
            Self::Writer(guard) => Some(guard.health()),
        }
    }
}

/// The statements, each followed by one that fails when it changed another number of rows than expected, so that a COMMIT
/// after them is not reached.
pub(super) fn with_checks(statements: Vec<Statement>) -> Vec<Statement> {
    let mut checked = Vec::with_capacity(2 * statements.len());
    for one in statements {
        let check = one.expected.map(|expected| {
            let expected = i64::try_from(expected).unwrap_or(i64::MAX);
            let sql = "INSERT INTO row_counts SELECT changes(), $1";
            statement(one.table, sql, [expected.into()])
        });
        checked.push(one);
        checked.extend(check);
    }
    checked
}

/// Joins statements into one text. Parameters are renumbered: after two parameters of the first statement, `$1` of the
/// second becomes `$3`.
fn script(statements: Vec<Statement>) -> Result<(String, SqliteArguments), Error> {
    let mut text = String::with_capacity(statements.iter().map(|one| one.sql.sqlite.len() + 8).sum());
    let mut arguments = SqliteArguments::default();
    for one in statements {
        renumber(&one.sql.sqlite, arguments.len(), &mut text);
        text.push(';');
        for argument in one.arguments {
            let added = match argument {
                Argument::Integer(integer) => arguments.add(integer),
                Argument::Text(text) => arguments.add(text),
                Argument::Blob(bytes) => arguments.add(bytes),
            };
            added.map_err(|error| Error::unavailable(one.table, error.to_string()))?;
        }
    }
    Ok((text, arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_joined_statements_are_renumbered() {
        let one = |sql, arguments: [Argument; 2]| statement("numbers", sql, arguments);
        let queued = vec![
            one(
                "UPDATE numbers SET strikes = $2 WHERE number = $1 AND pool_id <> $1",
                [1_i64.into(), "x".into()],
            ),
            one(
                "DELETE FROM available_numbers WHERE pool_id = $1 AND number = $2",
                [2_i64.into(), None::<i64>.into()],
            ),
        ];
        let (text, arguments) = script(queued).unwrap();
        assert_eq!(
            text,
            "UPDATE numbers SET strikes = $2 WHERE number = $1 AND pool_id <> $1;DELETE FROM available_numbers WHERE pool_id = $3 AND number = $4;"
        );
        assert_eq!(arguments.len(), 4);
    }
}
