//! Reads rows: each column by its name, as a type of the domain. An error names table and column.

use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteRow;

use super::argument::{Argument, ColumnType};
use super::stored::Stored;
use crate::domain::assignment::UnassignedReason;
use crate::domain::concatenation::ConcatenatedSmsId;
use crate::domain::day::Day;
use crate::domain::delivery::{DeliveryState, MessageId, PushRefusal};
use crate::domain::gateway::GatewayName;
use crate::domain::ledger::TransferKind;
use crate::domain::money::Kopecks;
use crate::domain::notification::{NotificationChannel, NotificationState};
use crate::domain::number::Hold;
use crate::domain::operation::{OperationId, Outcome};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::cost::{CostAmount, CostKind};
use crate::domain::purchase::line::LineState;
use crate::domain::purchase::margin::SignedKopecks;
use crate::domain::purchase::price::{Currency, Millionths};
use crate::domain::purchase::{LineId, OrderId, SupplierName};
use crate::domain::sms::Utf16Text;
use crate::domain::stock::{GatewayId, PoolId};
use crate::domain::time::Timestamp;
use crate::domain::trouble::TroubleId;
use crate::domain::wire_name::{CountryName, OperatorName};
use crate::storage::error::Error;

/// A row of a statement.
pub(in crate::storage) struct Row {
    table: &'static str,
    columns: Columns,
}

/// What each library has read.
pub(in crate::storage) enum Columns {
    Sqlite(SqliteRow),
    Postgres(tokio_postgres::Row),
}

impl Row {
    pub(in crate::storage) const fn of_sqlite(table: &'static str, row: SqliteRow) -> Self {
        let columns = Columns::Sqlite(row);
        Self { table, columns }
    }

    pub(super) const fn of_postgres(table: &'static str, row: tokio_postgres::Row) -> Self {
        let columns = Columns::Postgres(row);
        Self { table, columns }
    }

    /// The error for that column.
    pub(in crate::storage) const fn corrupt(&self, column: &'static str) -> Error {
        let table = self.table;
        Error::Corrupt { table, column }
    }

    /// The column's value.
    pub(in crate::storage) fn get<T: Column>(&self, column: &'static str) -> Result<T, Error> {
        let stored = T::Stored::read(&self.columns, column).ok_or(self.corrupt(column))?;
        T::read(stored).ok_or(self.corrupt(column))
    }

    /// The column's text.
    pub(in crate::storage) fn text(&self, column: &'static str) -> Result<&str, Error> {
        Stored::read(&self.columns, column).ok_or(self.corrupt(column))
    }

    /// The column's value, as it is: to be stored elsewhere.
    pub(in crate::storage) fn argument(&self, column: &str, of: ColumnType) -> Result<Argument, Error> {
        let columns = &self.columns;
        let argument = match of {
            ColumnType::Integer => Stored::read(columns, column).map(Argument::Integer),
            ColumnType::Text => {
                let text: Option<Option<&str>> = Stored::read(columns, column);
                text.map(|text| Argument::Text(text.map(str::to_owned)))
            }
            ColumnType::Blob => {
                let bytes: Option<Option<&[u8]>> = Stored::read(columns, column);
                bytes.map(|bytes| Argument::Blob(bytes.map(<[u8]>::to_owned)))
            }
        };
        argument.ok_or(self.corrupt("a value has another type than its column"))
    }

    /// The column's text, parsed by `parse`.
    pub(in crate::storage) fn parse<T, E>(
        &self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, Error> {
        parse(self.text(column)?).map_err(|_| self.corrupt(column))
    }

    /// The column's JSON.
    pub(in crate::storage) fn json<T: DeserializeOwned>(&self, column: &'static str) -> Result<T, Error> {
        self.parse(column, |text| serde_json::from_str(text))
    }
}

/// A type that a column can be read as.
pub(in crate::storage) trait Column: Sized {
    /// The type in the database.
    type Stored<'r>: Stored<'r>;

    /// `None`: no version of this program writes that.
    fn read(stored: Self::Stored<'_>) -> Option<Self>;
}

/// NULL is `None`.
impl<T: Column> Column for Option<T> {
    type Stored<'r> = Option<T::Stored<'r>>;

    fn read(stored: Self::Stored<'_>) -> Option<Self> {
        match stored {
            None => Some(None),
            Some(stored) => T::read(stored).map(Some),
        }
    }
}

impl Column for bool {
    type Stored<'r> = Self;

    fn read(stored: Self) -> Option<Self> {
        Some(stored)
    }
}

impl Column for [u8; 32] {
    type Stored<'r> = &'r [u8];

    fn read(stored: &[u8]) -> Option<Self> {
        stored.try_into().ok()
    }
}

impl Column for Utf16Text {
    type Stored<'r> = &'r [u8];

    fn read(stored: &[u8]) -> Option<Self> {
        Self::from_be_bytes(stored)
    }
}

/// Types that are stored as an integer.
macro_rules! integers {
    ($($type:ty: $read:expr,)*) => {
        $(impl Column for $type {
            type Stored<'r> = i64;

            fn read(stored: i64) -> Option<Self> {
                let read: fn(i64) -> Option<Self> = $read;
                read(stored)
            }
        })*
    };
}

integers! {
    i64: Some,
    u64: |integer| integer.try_into().ok(),
    u32: |integer| integer.try_into().ok(),
    u16: |integer| integer.try_into().ok(),
    u8: |integer| integer.try_into().ok(),
    usize: |integer| integer.try_into().ok(),
    Timestamp: |ms| Some(Self::from_ms(ms)),
    Kopecks: Self::from_i64,
    OperationId: Self::new,
    ConcatenatedSmsId: |id| Some(Self(id)),
    CostAmount: |millionths| Some(Self::from_i64(millionths)),
    GatewayId: |id| Some(Self(id)),
    LineId: |id| Some(Self(id)),
    MessageId: |id| Some(Self(id)),
    Millionths: Self::from_i64,
    OrderId: |id| Some(Self(id)),
    PoolId: |id| Some(Self(id)),
    SignedKopecks: |kopecks| Some(Self::from_i64(kopecks)),
    TroubleId: |id| Some(Self(id)),
}

/// Types that are stored as a text.
macro_rules! texts {
    ($($type:ty: $read:expr,)*) => {
        $(impl Column for $type {
            type Stored<'r> = &'r str;

            fn read(stored: &str) -> Option<Self> {
                let read: fn(&str) -> Option<Self> = $read;
                read(stored)
            }
        })*
    };
}

texts! {
    String: |text| Some(text.to_owned()),
    PhoneNumber: |text| text.parse().ok(),
    CountryName: |text| Self::parse(text).ok(),
    OperatorName: |text| Self::parse(text).ok(),
    GatewayName: |text| Self::parse(text).ok(),
    CostKind: |text| text.parse().ok(),
    Currency: |text| text.parse().ok(),
    Day: |text| text.parse().ok(),
    DeliveryState: |text| text.parse().ok(),
    Hold: |text| text.parse().ok(),
    LineState: |text| text.parse().ok(),
    NotificationChannel: |text| text.parse().ok(),
    NotificationState: |text| text.parse().ok(),
    Outcome: |text| text.parse().ok(),
    PushRefusal: |text| text.parse().ok(),
    SupplierName: |text| text.parse().ok(),
    TransferKind: |text| text.parse().ok(),
    UnassignedReason: |text| text.parse().ok(),
}
