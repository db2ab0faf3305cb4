//! Statements that run in one round trip.

use std::borrow::Cow;

use sqlx::Arguments as _;
use sqlx::sqlite::SqliteArguments;

use super::error::Error;
use super::row::Row;

/// The text of a statement: one that both databases take, or one for each. A literal, or made of literals when it runs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sql<Text = &'static str> {
    pub(super) sqlite: Text,
    pub(super) postgres: Text,
}

impl From<&'static str> for Sql {
    fn from(both: &'static str) -> Self {
        Self {
            sqlite: both,
            postgres: both,
        }
    }
}

/// A statement with its arguments.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) table: &'static str,
    pub(super) sql: Sql<Cow<'static, str>>,
    /// How many rows it has to change; `None`: any number.
    pub(super) expected: Option<usize>,
    pub(super) arguments: Vec<Argument>,
}

impl Statement {
    /// A statement that fails when this one changed another number of rows than expected, so that a COMMIT after it is not
    /// reached. `None`: any number is allowed.
    pub(super) fn check(&self) -> Option<Self> {
        let expected = i64::try_from(self.expected?).unwrap_or(i64::MAX);
        let sql = "INSERT INTO row_counts SELECT changes(), $1";
        Some(statement(self.table, sql, [expected.into()]))
    }
}

/// A statement that may change any number of rows.
pub(super) fn statement<const N: usize>(
    table: &'static str,
    sql: impl Into<Sql>,
    arguments: [Argument; N],
) -> Statement {
    let Sql { sqlite, postgres } = sql.into();
    Statement {
        table,
        sql: Sql {
            sqlite: sqlite.into(),
            postgres: postgres.into(),
        },
        expected: None,
        arguments: arguments.into(),
    }
}

/// A query for one value, not run yet: see [`super::ReadTx::read`]. Several rows are read as one JSON text, because each row
/// that is returned wakes the waiting task.
pub struct Read<T> {
    /// A SELECT of one value.
    pub(super) statement: Statement,
    /// Turns the value into its type.
    pub(super) parse: fn(Value<'_>) -> Result<T, Error>,
}

/// The columns of the row that [`combine`] reads.
pub(super) const VALUES: [&str; 3] = ["first", "second", "third"];

/// One value of that row.
pub(super) struct Value<'a> {
    pub(super) row: &'a Row,
    pub(super) column: &'static str,
}

impl<'a> Value<'a> {
    pub(super) fn integer(&self) -> Result<i64, Error> {
        self.row.get(self.column)
    }

    /// The value parsed as JSON; an error names the table.
    pub(super) fn json<T: serde::Deserialize<'a>>(&self, table: &'static str) -> Result<T, Error> {
        let column = "json";
        let text = self.row.text(self.column)?;
        serde_json::from_str(text).map_err(|_| Error::Corrupt { table, column })
    }
}

/// Combines several queries for one value into one SELECT.
pub(super) fn combine<const N: usize>(reads: [Statement; N]) -> Statement {
    let table = reads[0].table;
    let mut sqlite = String::from("SELECT");
    let mut postgres = sqlite.clone();
    let mut arguments = Vec::new();
    for (index, read) in reads.into_iter().enumerate() {
        for (text, one) in [(&mut sqlite, &read.sql.sqlite), (&mut postgres, &read.sql.postgres)] {
            text.push_str(if index == 0 { " (" } else { ", (" });
            renumber(one, arguments.len(), text);
            text.push_str(") AS ");
            text.push_str(VALUES[index]);
        }
        arguments.extend(read.arguments);
    }
    Statement {
        table,
        sql: Sql {
            sqlite: sqlite.into(),
            postgres: postgres.into(),
        },
        expected: None,
        arguments,
    }
}

/// An argument of a statement.
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

impl From<bool> for Argument {
    fn from(boolean: bool) -> Self {
        Self::Integer(boolean.into())
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

/// Joins statements into one text. Parameters are renumbered: after two parameters of the first statement, `$1` of the
/// second becomes `$3`.
pub(super) fn script(statements: Vec<Statement>) -> Result<(String, SqliteArguments), Error> {
    let mut text = String::with_capacity(statements.iter().map(|one| one.sql.sqlite.len() + 8).sum());
    let mut arguments = SqliteArguments::default();
    for one in statements {
        renumber(&one.sql.sqlite, arguments.len(), &mut text);
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

/// Appends the statement, with its parameters renumbered after those `before`.
fn renumber(sql: &str, before: usize, text: &mut String) {
    let mut pieces = sql.split('$');
    text.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
        let number: usize = piece[..digits].parse().expect("parameters are numbered: $1, $2");
        text.push('$');
        text.push_str(&(before + number).to_string());
        text.push_str(&piece[digits..]);
    }
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
