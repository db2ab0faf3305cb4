//! The records of an archive, each as one JSON text: the columns as they are stored, so that a record that changed is noticed before
//! it is removed. Times are milliseconds since 1970 in UTC.
//!
//! What only serves rentals that are under way is left out, and so are the fingerprints of messages: a short text could be
//! guessed by them.

mod statements;

use self::statements::{
    EVENTS_OF_PAGE, EVENTS_WITH_IDS, MESSAGES_OF_PAGE, MESSAGES_WITH_IDS, OPERATIONS_OF_PAGE, OPERATIONS_WITH_IDS,
};
use crate::domain::archive::{ArchiveBound, ArchivedRecord};
use crate::domain::time::duration_ms;
use crate::storage::driver::Row;
use crate::storage::error::Error;
use crate::storage::{ReadTx, json};

/// A record. No `Debug`: it carries numbers and texts (rule 11).
#[derive(Clone, PartialEq, Eq)]
pub struct RecordLine {
    /// The id of the operation, message or event.
    pub id: i64,
    /// The JSON text, on one line.
    pub text: String,
}

/// The highest id of its table; 0: the table is empty.
pub async fn newest(tx: &mut ReadTx, record: ArchivedRecord) -> Result<i64, Error> {
    let (table, sql) = match record {
        ArchivedRecord::Operation => ("operations", "SELECT coalesce(max(id), 0) AS newest FROM operations"),
        ArchivedRecord::Message => ("messages", "SELECT coalesce(max(id), 0) AS newest FROM messages"),
        ArchivedRecord::Event => ("audit", "SELECT coalesce(max(id), 0) AS newest FROM audit"),
    };
    tx.fetch_one(table, sql, []).await?.get("newest")
}

/// The last id of a page: that of `limit` rows after the id `after`. `None`: there is no row after it.
pub async fn page_end(tx: &mut ReadTx, record: ArchivedRecord, after: i64, limit: u32) -> Result<Option<i64>, Error> {
    let (table, sql) = match record {
        ArchivedRecord::Operation => (
            "operations",
            "SELECT max(p.id) AS last FROM (SELECT id FROM operations WHERE id > $1 ORDER BY id LIMIT $2) AS p",
        ),
        ArchivedRecord::Message => (
            "messages",
            "SELECT max(p.id) AS last FROM (SELECT id FROM messages WHERE operation_id IS NULL AND id > $1
                                            ORDER BY id LIMIT $2) AS p",
        ),
        ArchivedRecord::Event => (
            "audit",
            "SELECT max(p.id) AS last FROM (SELECT id FROM audit WHERE id > $1 ORDER BY id LIMIT $2) AS p",
        ),
    };
    tx.fetch_one(table, sql, [after.into(), limit.into()])
        .await?
        .get("last")
}

/// What of a page is to be archived, by id: the ids after `after`, up to `to`.
pub async fn page(
    tx: &mut ReadTx,
    record: ArchivedRecord,
    bound: &ArchiveBound,
    (after, to): (i64, i64),
) -> Result<Vec<RecordLine>, Error> {
    let (table, sql) = match record {
        ArchivedRecord::Operation => ("operations", OPERATIONS_OF_PAGE),
        ArchivedRecord::Message => ("messages", MESSAGES_OF_PAGE),
        ArchivedRecord::Event => ("audit", EVENTS_OF_PAGE),
    };
    let [before, tolerance] = limits(bound);
    let arguments = [before.into(), tolerance.into(), after.into(), to.into()];
    let rows = tx.fetch(table, sql, arguments).await?;
    rows.iter().map(line).collect()
}

/// Those with these ids that are to be archived, as they are now, by id.
pub async fn with_ids(
    tx: &mut ReadTx,
    record: ArchivedRecord,
    bound: &ArchiveBound,
    ids: &[i64],
) -> Result<Vec<RecordLine>, Error> {
    let (table, sql) = match record {
        ArchivedRecord::Operation => ("operations", OPERATIONS_WITH_IDS),
        ArchivedRecord::Message => ("messages", MESSAGES_WITH_IDS),
        ArchivedRecord::Event => ("audit", EVENTS_WITH_IDS),
    };
    let [before, tolerance] = limits(bound);
    let arguments = [before.into(), tolerance.into(), json(ids).into()];
    let rows = tx.fetch(table, sql, arguments).await?;
    rows.iter().map(line).collect()
}

fn limits(bound: &ArchiveBound) -> [i64; 2] {
    [bound.before.start().as_ms(), duration_ms(bound.clock_tolerance)]
}

fn line(row: &Row) -> Result<RecordLine, Error> {
    Ok(RecordLine {
        id: row.get("id")?,
        text: row.get("line")?,
    })
}
