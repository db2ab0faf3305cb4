//! Statements that make a trip together.

use sqlx::Arguments as _;
use sqlx::sqlite::{SqliteArguments, SqliteRow};

use super::error::Error;

/// A statement and what is bound to it.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) table: &'static str,
    pub(super) sql: &'static str,
    /// How many rows it has to change; `None`: as many as it finds.
    pub(super) expected: Option<usize>,
    pub(super) arguments: Vec<Argument>,
}

/// A statement that reads, or changes as many rows as it finds.
pub(super) fn statement<const N: usize>(table: &'static str, sql: &'static str, arguments: [Argument; N]) -> Statement {
    Statement {
        table,
        sql,
        expected: None,
        arguments: arguments.into(),
    }
}

/// A read that has not made its trip yet: see [`super::Session::read`].
pub struct Read<T> {
    pub(super) statement: Statement,
    /// What its rows say.
    pub(super) parse: fn(&[SqliteRow]) -> Result<T, Error>,
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

impl From<bool> for Argument {
    fn from(truth: bool) -> Self {
        Self::Integer(truth.into())
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

/// The statements as one text. Parameters are counted through: what was `$1` of the second is `$3` behind two others.
pub(super) fn script(statements: Vec<Statement>) -> Result<(String, SqliteArguments), Error> {
    let mut text = String::with_capacity(statements.iter().map(|one| one.sql.len() + 8).sum());
    let mut arguments = SqliteArguments::default();
    for one in statements {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_queued_statements_are_counted_through() {
        let one = |sql, arguments: [Argument; 2]| statement("numbers", sql, arguments);
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
