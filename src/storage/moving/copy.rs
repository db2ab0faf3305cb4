//! Copies all rows.

use super::MoveError;
use super::pages::{Pages, StoredRow};
use super::tables::{TABLES, TableColumns};
use crate::storage::error::Error;
use crate::storage::{ReadTx, WriteTx, postgres, sqlite};

/// Which database the rows are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Intake {
    Sqlite,
    Postgres,
}

impl Intake {
    /// Deletes what is there. Triggers are off then, and what takes long for each row: the statements that put it back.
    async fn prepare(self, tx: &mut WriteTx, tables: &[&'static str]) -> Result<Vec<String>, Error> {
        match self {
            Self::Sqlite => sqlite::bulk::prepare(tx, tables).await,
            Self::Postgres => postgres::bulk::prepare(tx, tables).await,
        }
    }

    async fn insert(self, tx: &mut WriteTx, table: &TableColumns, rows: Vec<StoredRow>) -> Result<(), Error> {
        match self {
            Self::Sqlite => sqlite::bulk::insert(tx, table, rows).await,
            Self::Postgres => postgres::bulk::insert(tx, table, &rows).await,
        }
    }

    async fn finish(self, tx: &mut WriteTx, tables: &[&'static str], back: Vec<String>) -> Result<(), Error> {
        match self {
            Self::Sqlite => sqlite::bulk::finish(tx, back).await,
            Self::Postgres => postgres::bulk::finish(tx, tables, back).await,
        }
    }
}

/// Copies everything, in place of what is there; how many texts had U+0000 in them.
pub(super) async fn everything(from: &mut ReadTx, to: &mut WriteTx, intake: Intake) -> Result<u64, MoveError> {
    let tables = TABLES.map(|(table, _)| table);
    let back = intake.prepare(to, &tables).await?;
    let mut cleaned = 0;
    for table in tables {
        let columns = TableColumns::read(from, table).await?;
        if columns != TableColumns::read(to, table).await? {
            return Err(MoveError::ColumnsDiffer(table));
        }
        let mut pages = Pages::new(&columns);
        let mut page = pages.next(from).await?;
        while !page.is_empty() {
            // The next page is read while this one is written.
            let ((), next) = tokio::try_join!(intake.insert(to, &columns, page), pages.next(from))?;
            page = next;
        }
        cleaned += pages.cleaned;
    }
    intake.finish(to, &tables, back).await?;
    Ok(cleaned)
}
