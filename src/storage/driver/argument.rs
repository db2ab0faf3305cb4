//! Arguments of statements.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

use super::text::cleaned;

/// An argument of a statement. `None` is NULL; PostgreSQL has to know of which type.
#[derive(Debug, Clone)]
pub(in crate::storage) enum Argument {
    Integer(Option<i64>),
    Text(Option<String>),
    Blob(Option<Vec<u8>>),
}

/// The type of a column, which an argument of the same type can be stored in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::storage) enum ColumnType {
    Integer,
    Text,
    Blob,
}

impl Argument {
    /// Its type in PostgreSQL.
    pub(super) const fn postgres_type(&self) -> Type {
        match self {
            Self::Integer(_) => Type::INT8,
            Self::Text(_) => Type::TEXT,
            Self::Blob(_) => Type::BYTEA,
        }
    }
}

impl ToSql for Argument {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Integer(integer) => integer.to_sql(ty, out),
            Self::Text(text) => text.to_sql(ty, out),
            Self::Blob(bytes) => bytes.to_sql(ty, out),
        }
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT8, Type::TEXT, Type::BYTEA].contains(ty)
    }

    to_sql_checked!();
}

/// What becomes an argument, and `Option`s of it.
macro_rules! arguments {
    ($($type:ty: $variant:ident($convert:expr),)*) => {
        $(impl From<$type> for Argument {
            fn from(value: $type) -> Self {
                Some(value).into()
            }
        }

        impl From<Option<$type>> for Argument {
            fn from(value: Option<$type>) -> Self {
                Self::$variant(value.map($convert))
            }
        })*
    };
}

arguments! {
    i64: Integer(i64::from),
    u32: Integer(i64::from),
    bool: Integer(i64::from),
    String: Text(cleaned),
    &str: Text(|text: &str| cleaned(text.to_owned())),
    &[u8]: Blob(<[u8]>::to_owned),
}
