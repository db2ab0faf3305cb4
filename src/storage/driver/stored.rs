//! The types that columns have in the databases: integers, texts, bytes, and flags.

use std::error::Error;

use sqlx::{Row as _, ValueRef as _};
use tokio_postgres::types::{FromSql, Type};

use super::row::Columns;

/// A value that a column of either database can be read as.
pub(in crate::storage) trait Stored<'r>: Sized {
    /// The value of that column; `None`: it has another type, or there is no such column.
    fn read(columns: &'r Columns, name: &str) -> Option<Self>;
}

/// Reads a type of SQLite, or its counterpart of PostgreSQL, which stands in a type of ours.
macro_rules! stored {
    ($($type:ty: $postgres:ident,)*) => {
        $(impl<'r> Stored<'r> for $type {
            fn read(columns: &'r Columns, name: &str) -> Option<Self> {
                match columns {
                    Columns::Sqlite(row) => row.try_get(name).ok(),
                    Columns::Postgres(row) => row.try_get::<_, $postgres>(name).ok().map(|read| read.0),
                }
            }
        })*
    };
}

stored! {
    i64: PostgresInteger,
    bool: PostgresFlag,
    &'r str: PostgresText,
    &'r [u8]: PostgresBytes,
}

/// NULL is `None`.
impl<'r, T: Stored<'r>> Stored<'r> for Option<T> {
    fn read(columns: &'r Columns, name: &str) -> Option<Self> {
        let is_null = match columns {
            Columns::Sqlite(row) => row.try_get_raw(name).ok()?.is_null(),
            Columns::Postgres(row) => row.try_get::<_, Option<Anything>>(name).ok()?.is_none(),
        };
        match is_null {
            true => Some(None),
            false => T::read(columns, name).map(Some),
        }
    }
}

type FromSqlResult<T> = Result<T, Box<dyn Error + Sync + Send>>;

/// Columns are `bigint`; a literal in a statement is narrower.
struct PostgresInteger(i64);

impl<'r> FromSql<'r> for PostgresInteger {
    fn from_sql(ty: &Type, raw: &'r [u8]) -> FromSqlResult<Self> {
        match *ty {
            Type::INT2 => i16::from_sql(ty, raw).map(i64::from),
            Type::INT4 => i32::from_sql(ty, raw).map(i64::from),
            _ => i64::from_sql(ty, raw),
        }
        .map(Self)
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT2, Type::INT4, Type::INT8].contains(ty)
    }
}

/// The result of a comparison, or a column that has 0 or 1.
struct PostgresFlag(bool);

impl<'r> FromSql<'r> for PostgresFlag {
    fn from_sql(ty: &Type, raw: &'r [u8]) -> FromSqlResult<Self> {
        match *ty {
            Type::BOOL => bool::from_sql(ty, raw).map(Self),
            _ => PostgresInteger::from_sql(ty, raw).map(|integer| Self(integer.0 != 0)),
        }
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::BOOL || PostgresInteger::accepts(ty)
    }
}

/// A text, or JSON as text.
struct PostgresText<'r>(&'r str);

impl<'r> FromSql<'r> for PostgresText<'r> {
    fn from_sql(_: &Type, raw: &'r [u8]) -> FromSqlResult<Self> {
        Ok(Self(std::str::from_utf8(raw)?))
    }

    fn accepts(ty: &Type) -> bool {
        [Type::TEXT, Type::VARCHAR, Type::NAME, Type::JSON, Type::UNKNOWN].contains(ty)
    }
}

struct PostgresBytes<'r>(&'r [u8]);

impl<'r> FromSql<'r> for PostgresBytes<'r> {
    fn from_sql(_: &Type, raw: &'r [u8]) -> FromSqlResult<Self> {
        Ok(Self(raw))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::BYTEA
    }
}

/// Any value, to know whether it is NULL.
struct Anything;

impl<'r> FromSql<'r> for Anything {
    fn from_sql(_: &Type, _: &'r [u8]) -> FromSqlResult<Self> {
        Ok(Self)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
