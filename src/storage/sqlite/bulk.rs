//! Fills the tables of a file at once, without the triggers.

use crate::storage::WriteTx;
use crate::storage::driver::{Argument, Statement, generated};
use crate::storage::error::Error;
use crate::storage::moving::{StoredRow, TableColumns};

/// Deletes all rows of these tables, and the triggers: the statements that make these again. References are checked at the
/// commit.
pub(in crate::storage) async fn prepare(tx: &mut WriteTx, tables: &[&'static str]) -> Result<Vec<String>, Error> {
    let sql = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name";
    let triggers = tx.fetch("triggers", sql, []).await?;
    tx.queue_any("triggers", "PRAGMA defer_foreign_keys = ON", []);
    let mut back = Vec::with_capacity(triggers.len());
    for row in &triggers {
        let dropped = format!("DROP TRIGGER \"{}\"", row.text("name")?);
        tx.queue_statement(generated("triggers", dropped, Vec::new()));
        back.push(row.get("sql")?);
    }
    for table in tables.iter().rev() {
        tx.queue_statement(generated(table, ["DELETE", "FROM", table].join(" "), Vec::new()));
    }
    tx.flush().await?;
    Ok(back)
}

/// Adds rows to a table.
pub(in crate::storage) async fn insert(
    tx: &mut WriteTx,
    table: &TableColumns,
    rows: Vec<StoredRow>,
) -> Result<(), Error> {
    let row = format!("({})", vec!["?"; table.columns.len()].join(", "));
    let values = vec![row; rows.len()].join(", ");
    let sql = ["INSERT", "INTO", table.table, "(", &table.names(), ") VALUES", &values].join(" ");
    let expected = Some(rows.len());
    let arguments: Vec<Argument> = rows.into_iter().flatten().collect();
    tx.queue_statement(Statement {
        expected,
        ..generated(table.table, sql, arguments)
    });
    tx.flush().await
}

/// Makes the triggers again.
pub(in crate::storage) async fn finish(tx: &mut WriteTx, back: Vec<String>) -> Result<(), Error> {
    for trigger in back {
        tx.queue_statement(generated("triggers", trigger, Vec::new()));
    }
    tx.flush().await
}
