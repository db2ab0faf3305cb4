//! Statements, with their arguments.

use std::borrow::Cow;

use super::argument::Argument;
use super::row::Row;
use crate::storage::error::Error;

/// The text of a statement: one that both databases take, or one for each. A literal, or made of literals when it runs.
#[derive(Debug, Clone, Copy)]
pub(in crate::storage) struct Sql<Text = &'static str> {
    pub(in crate::storage) sqlite: Text,
    pub(in crate::storage) postgres: Text,
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
pub(in crate::storage) struct Statement {
    pub(in crate::storage) table: &'static str,
    pub(in crate::storage) sql: Sql<Cow<'static, str>>,
    /// How many rows it has to change; `None`: any number.
    pub(in crate::storage) expected: Option<usize>,
    pub(in crate::storage) arguments: Vec<Argument>,
}

/// A statement that may change any number of rows.
pub(in crate::storage) fn statement<const N: usize>(
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

/// A statement whose text is made while the program runs, from the names of tables and columns; the same for both databases.
pub(in crate::storage) fn generated(table: &'static str, sql: String, arguments: Vec<Argument>) -> Statement {
    Statement {
        table,
        sql: Sql {
            sqlite: Cow::Owned(sql.clone()),
            postgres: Cow::Owned(sql),
        },
        expected: None,
        arguments,
    }
}

/// A query for one value, not run yet: see [`super::ReadTx::read`]. Several rows are read as one JSON text, because each row
/// that is returned wakes the waiting task.
pub struct Read<T> {
    /// A SELECT of one value.
    pub(in crate::storage) statement: Statement,
    /// Turns the value into its type.
    pub(in crate::storage) parse: fn(Value<'_>) -> Result<T, Error>,
}

/// The columns of the row that [`combine`] reads.
pub(in crate::storage) const VALUES: [&str; 3] = ["first", "second", "third"];

/// One value of that row.
pub(in crate::storage) struct Value<'a> {
    pub(in crate::storage) row: &'a Row,
    pub(in crate::storage) column: &'static str,
}

impl<'a> Value<'a> {
    pub(in crate::storage) fn integer(&self) -> Result<i64, Error> {
        self.row.get(self.column)
    }

    /// The value parsed as JSON; an error names the table.
    pub(in crate::storage) fn json<T: serde::Deserialize<'a>>(&self, table: &'static str) -> Result<T, Error> {
        let column = "json";
        let text = self.row.text(self.column)?;
        serde_json::from_str(text).map_err(|_| Error::Corrupt { table, column })
    }
}

/// Combines several queries for one value into one SELECT.
pub(in crate::storage) fn combine<const N: usize>(reads: [Statement; N]) -> Statement {
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

/// Appends the statement, with its parameters renumbered after those `before`.
pub(super) fn renumber(sql: &str, before: usize, text: &mut String) {
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
