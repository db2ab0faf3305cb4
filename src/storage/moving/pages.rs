//! Reads whole tables, in the order of their keys, a page at a time.

use super::tables::TableColumns;
use crate::storage::ReadTx;
use crate::storage::driver::{Argument, generated};
use crate::storage::error::Error;

/// Rows of a page: few enough for their arguments to fit into one statement of SQLite.
const ROWS: usize = 1000;

/// The values of a row, in the order of [`TableColumns::columns`].
pub(in crate::storage) type StoredRow = Vec<Argument>;

/// The pages of a table that were not read yet.
#[derive(Debug)]
pub(super) struct Pages<'a> {
    of: &'a TableColumns,
    /// The key of the last row; `None`: nothing was read.
    after: Option<Vec<Argument>>,
    is_last: bool,
    /// How many texts had U+0000 in them, which PostgreSQL does not take: it is removed.
    pub(super) cleaned: u64,
}

impl<'a> Pages<'a> {
    pub(super) const fn new(of: &'a TableColumns) -> Self {
        Self {
            of,
            after: None,
            is_last: false,
            cleaned: 0,
        }
    }

    /// The next page; empty: there is none.
    pub(super) async fn next(&mut self, tx: &mut ReadTx) -> Result<Vec<StoredRow>, Error> {
        if self.is_last {
            return Ok(Vec::new());
        }
        let arguments = self.after.clone().unwrap_or_default();
        let page = generated(self.of.table, self.sql(), arguments);
        let rows = tx.fetch_rows(page).await?;
        self.is_last = rows.len() < ROWS;
        let columns = &self.of.columns;
        let mut page = Vec::with_capacity(rows.len());
        for row in rows {
            let values = columns.iter().map(|(name, of)| row.argument(name, *of));
            page.push(values.collect::<Result<StoredRow, Error>>()?);
        }
        let key = |row: &StoredRow| self.of.key.iter().map(|index| row[*index].clone()).collect();
        self.after = page.last().map(key);
        for value in page.iter_mut().flatten() {
            self.cleaned += u64::from(clean(value));
        }
        Ok(page)
    }

    fn sql(&self) -> String {
        let (names, key, rows) = (self.of.names(), self.of.key_names(), ROWS.to_string());
        let mut words = vec!["SELECT", &names, "FROM", self.of.table];
        let numbers: Vec<String> = (1..=self.of.key.len()).map(|number| format!("${number}")).collect();
        let behind = format!("WHERE ({key}) > ({})", numbers.join(", "));
        if self.after.is_some() {
            words.push(&behind);
        }
        words.extend(["ORDER BY", &key, "LIMIT", &rows]);
        words.join(" ")
    }
}

/// Removes U+0000 from a text; whether there was one.
fn clean(value: &mut Argument) -> bool {
    match value {
        Argument::Text(Some(text)) if text.contains('\0') => {
            text.retain(|character| character != '\0');
            true
        }
        _ => false,
    }
}
