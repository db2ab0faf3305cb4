//! Fills the tables at once: by COPY, without the triggers, and with each reference checked once for all rows.

use bytes::{BufMut as _, Bytes, BytesMut};

use crate::storage::WriteTx;
use crate::storage::driver::{Argument, generated};
use crate::storage::error::Error;
use crate::storage::moving::{StoredRow, TableColumns};

/// What the binary form of COPY begins with: its name, no flags, nothing else.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
const NULL: i32 = -1;
const END: i16 = -1;

/// Columns whose ids were skipped, too, for each table with ids of that kind: see `restores`.
const SKIPPED: [(&str, &str); 3] = [
    ("operations", "last_id"),
    ("messages", "last_message_id"),
    ("order_lines", "last_line_id"),
];

/// Deletes all rows of these tables. Triggers and references are off then: the statements that put them back.
pub(in crate::storage) async fn prepare(tx: &mut WriteTx, tables: &[&'static str]) -> Result<Vec<String>, Error> {
    let sql = "SELECT r.relname AS tab, c.conname AS name, pg_get_constraintdef(c.oid) AS definition
               FROM pg_constraint AS c JOIN pg_class AS r ON r.oid = c.conrelid
               WHERE c.contype = 'f' AND c.connamespace = to_regnamespace(quote_ident(current_schema()))
               ORDER BY r.relname, c.conname";
    tx.queue_any("settings", "SET LOCAL statement_timeout = 0", []);
    let references = tx.fetch("references", sql, []).await?;
    let mut back = Vec::new();
    for row in &references {
        let (table, name) = (row.text("tab")?, row.text("name")?);
        let dropped = format!("ALTER TABLE \"{table}\" DROP CONSTRAINT \"{name}\"");
        tx.queue_statement(generated("references", dropped, Vec::new()));
        let definition = row.text("definition")?;
        back.push(format!(
            "ALTER TABLE \"{table}\" ADD CONSTRAINT \"{name}\" {definition}"
        ));
    }
    for table in tables {
        let off = format!("ALTER TABLE {table} DISABLE TRIGGER USER");
        tx.queue_statement(generated(table, off, Vec::new()));
        back.push(format!("ALTER TABLE {table} ENABLE TRIGGER USER"));
    }
    let emptied = format!("TRUNCATE {} RESTART IDENTITY", tables.join(", "));
    tx.queue_statement(generated("truncate", emptied, Vec::new()));
    tx.flush().await?;
    Ok(back)
}

/// Adds rows to a table.
pub(in crate::storage) async fn insert(
    tx: &mut WriteTx,
    table: &TableColumns,
    rows: &[StoredRow],
) -> Result<(), Error> {
    let sql = format!("COPY {} ({}) FROM STDIN (FORMAT binary)", table.table, table.names());
    tx.copy(&generated(table.table, sql, Vec::new()), binary(rows), rows.len())
        .await
}

fn binary(rows: &[StoredRow]) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_slice(HEADER);
    for row in rows {
        bytes.put_i16(i16::try_from(row.len()).unwrap_or(i16::MAX));
        for value in row {
            match value {
                Argument::Integer(Some(integer)) => put(&mut bytes, &integer.to_be_bytes()),
                Argument::Text(Some(text)) => put(&mut bytes, text.as_bytes()),
                Argument::Blob(Some(blob)) => put(&mut bytes, blob),
                Argument::Integer(None) | Argument::Text(None) | Argument::Blob(None) => bytes.put_i32(NULL),
            }
        }
    }
    bytes.put_i16(END);
    bytes.freeze()
}

fn put(bytes: &mut BytesMut, value: &[u8]) {
    bytes.put_i32(i32::try_from(value.len()).unwrap_or(i32::MAX));
    bytes.put_slice(value);
}

/// Puts triggers and references back, lets ids go on above those that were used, and counts what the planner asks for.
pub(in crate::storage) async fn finish(
    tx: &mut WriteTx,
    tables: &[&'static str],
    back: Vec<String>,
) -> Result<(), Error> {
    let sql = "SELECT r.relname AS tab, a.attname AS id FROM pg_attribute AS a JOIN pg_class AS r ON r.oid = a.attrelid
               WHERE a.attidentity <> '' AND r.relnamespace = to_regnamespace(quote_ident(current_schema()))";
    let identities = tx.fetch("identities", sql, []).await?;
    for row in &identities {
        let (name, id) = (row.text("tab")?, row.text("id")?);
        let Some(table) = tables.iter().find(|table| **table == name) else {
            continue;
        };
        let mut next = highest(tx, table, id).await?;
        if let Some((_, column)) = SKIPPED.iter().find(|(skipped, _)| *skipped == name) {
            next = next.max(highest(tx, "restores", column).await?);
        }
        let restart = format!("ALTER TABLE {table} ALTER COLUMN \"{id}\" RESTART WITH {}", next + 1);
        tx.queue_statement(generated(table, restart, Vec::new()));
    }
    for one in back {
        tx.queue_statement(generated("references", one, Vec::new()));
    }
    tx.queue_statement(generated(
        "analyze",
        format!("ANALYZE {}", tables.join(", ")),
        Vec::new(),
    ));
    tx.flush().await
}

async fn highest(tx: &mut WriteTx, table: &'static str, column: &str) -> Result<i64, Error> {
    let words = ["SELECT", "coalesce(max(", column, "), 0) AS highest FROM", table];
    let rows = tx.fetch_rows(generated(table, words.join(" "), Vec::new())).await?;
    rows.first().map_or(Ok(0), |row| row.get("highest"))
}
