//! What is moved: the tables, and what the databases say about their columns.

use crate::storage::ReadTx;
use crate::storage::driver::{ColumnType, Row, Sql, generated};
use crate::storage::error::Error;

/// The tables, each after those that it refers to, and how many rows the migrations put in.
pub(super) const TABLES: [(&str, usize); 34] = [
    ("gateways", 0),
    ("old_tokens", 0),
    ("pools", 0),
    ("pools_version", 1),
    ("numbers", 0),
    ("available_numbers", 0),
    ("slots", 0),
    ("operations", 0),
    ("ledger", 0),
    ("ledger_totals", 1),
    ("messages", 0),
    ("deliveries", 0),
    ("concatenated_messages", 0),
    ("message_parts", 0),
    ("part_ids", 0),
    ("orders", 0),
    ("order_lines", 0),
    ("costs", 0),
    ("order_callbacks", 0),
    ("supplier_pauses", 0),
    ("unavailable_numbers", 0),
    ("owned_comparisons", 0),
    ("restock_rules", 0),
    ("audit", 0),
    ("troubles", 0),
    ("notifications", 0),
    ("notification_channels", 0),
    ("restores", 0),
    ("lost_operations", 0),
    ("retention_progress", 3),
    ("retention_postponed", 0),
    ("archives", 0),
    ("archived_income", 0),
    ("probe", 1),
];

/// In the order of their names, so that both databases say the same.
const COLUMNS: Sql = Sql {
    sqlite: "SELECT name, lower(type) AS type, pk AS place FROM pragma_table_info($1) ORDER BY name",
    postgres: "SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type,
                      CAST(coalesce(array_position(CAST(i.indkey AS smallint[]), a.attnum) + 1, 0) AS bigint) AS place
               FROM pg_attribute AS a JOIN pg_index AS i ON i.indrelid = a.attrelid AND i.indisprimary
               WHERE a.attrelid = to_regclass(CAST($1 AS text)) AND a.attnum > 0 AND NOT a.attisdropped
               ORDER BY a.attname",
};

/// A table with its columns.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::storage) struct TableColumns {
    pub(in crate::storage) table: &'static str,
    /// Names and types.
    pub(in crate::storage) columns: Vec<(String, ColumnType)>,
    /// The indexes of those of the primary key, in its order.
    pub(super) key: Vec<usize>,
}

impl TableColumns {
    pub(super) async fn read(tx: &mut ReadTx, table: &'static str) -> Result<Self, Error> {
        let rows = tx.fetch(table, COLUMNS, [table.into()]).await?;
        let mut key = Vec::new();
        let mut columns = Vec::with_capacity(rows.len());
        for (index, row) in rows.iter().enumerate() {
            let place: i64 = row.get("place")?;
            if place > 0 {
                key.push((place, index));
            }
            columns.push((row.get("name")?, row.parse("type", column_type)?));
        }
        key.sort_unstable();
        let key = key.into_iter().map(|(_, index)| index).collect();
        Ok(Self { table, columns, key })
    }

    /// The names of all columns, in quotes.
    pub(in crate::storage) fn names(&self) -> String {
        listed(self.columns.iter().map(|(name, _)| name))
    }

    pub(super) fn key_names(&self) -> String {
        listed(self.key.iter().map(|index| &self.columns[*index].0))
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a String>) -> String {
    let quoted: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
    quoted.join(", ")
}

fn column_type(name: &str) -> Result<ColumnType, ()> {
    match name {
        "integer" | "bigint" => Ok(ColumnType::Integer),
        "text" => Ok(ColumnType::Text),
        "blob" | "bytea" => Ok(ColumnType::Blob),
        _ => Err(()),
    }
}

/// The first table that has more rows than the migrations put in.
pub(super) async fn first_with_rows(tx: &mut ReadTx) -> Result<Option<&'static str>, Error> {
    for (table, made) in TABLES {
        let made = made.to_string();
        let words = ["SELECT", "1 AS one FROM", table, "LIMIT 1 OFFSET", &made];
        let rows: Vec<Row> = tx.fetch_rows(generated(table, words.join(" "), Vec::new())).await?;
        if !rows.is_empty() {
            return Ok(Some(table));
        }
    }
    Ok(None)
}
