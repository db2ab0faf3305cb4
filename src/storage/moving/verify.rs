//! Compares two databases: every row of every table, and what is counted of them.

use sha2::{Digest as _, Sha256};

use super::pages::Pages;
use super::tables::{TABLES, TableColumns};
use crate::storage::check::{CheckPart, Fault};
use crate::storage::driver::Argument;
use crate::storage::error::Error;
use crate::storage::{Database, ReadTx};

/// What both databases counted; the first is the one that was moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared<T> {
    /// A table, or what was counted.
    pub name: &'static str,
    /// In each database.
    pub found: [T; 2],
}

impl<T: PartialEq> Compared<T> {
    /// Whether both have the same.
    pub fn is_equal(&self) -> bool {
        self.found[0] == self.found[1]
    }
}

/// The rows of a table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowsChecksum {
    /// How many.
    pub rows: u64,
    /// The sum of half a SHA-256 of each row: the same in any order of the rows. Where U+0000 is removed from a key, the
    /// databases have different orders.
    pub checksum: u128,
}

/// The result of a comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Comparison {
    /// All tables.
    pub tables: Vec<Compared<RowsChecksum>>,
    /// Sums of the ledger, and how many operations, deliveries and numbers are open, due and free.
    pub sums: Vec<Compared<i64>>,
    /// What a check of the copy found.
    pub faults: Vec<Fault>,
}

impl Comparison {
    /// Whether the copy is whole.
    #[must_use]
    pub fn is_equal(&self) -> bool {
        let tables = self.tables.iter().all(Compared::is_equal);
        tables && self.sums.iter().all(Compared::is_equal) && self.faults.is_empty()
    }
}

/// What is counted, each as a column of [`SUMS`].
const SUM_NAMES: [&str; 8] = [
    "open_operations",
    "due_deliveries",
    "available",
    "free",
    "reserved",
    "posted",
    "voided",
    "reversed",
];

const SUMS: &str = "SELECT (SELECT count(*) FROM operations WHERE closed_at IS NULL) AS open_operations,
        (SELECT count(*) FROM deliveries WHERE state = 'due') AS due_deliveries,
        (SELECT count(*) FROM available_numbers) AS available,
        (SELECT CAST(coalesce(sum(free), 0) AS BIGINT) FROM pools) AS free,
        CAST(coalesce(sum(kopecks) FILTER (WHERE kind = 'reserve'), 0) AS BIGINT) AS reserved,
        CAST(coalesce(sum(kopecks) FILTER (WHERE kind = 'post'), 0) AS BIGINT) AS posted,
        CAST(coalesce(sum(kopecks) FILTER (WHERE kind = 'void'), 0) AS BIGINT) AS voided,
        CAST(coalesce(sum(kopecks) FILTER (WHERE kind = 'reverse'), 0) AS BIGINT) AS reversed
    FROM ledger";

/// Compares a database with its copy.
pub async fn compare(source: &Database, copy: &Database) -> Result<Comparison, Error> {
    let (mut ours, mut theirs) = (source.read().await?, copy.read().await?);
    compare_views(&mut ours, &mut theirs, copy.check_parts()).await
}

pub(super) async fn compare_views(
    source: &mut ReadTx,
    copy: &mut ReadTx,
    parts: &[CheckPart],
) -> Result<Comparison, Error> {
    let mut comparison = Comparison::default();
    for (table, _) in TABLES {
        let (ours, theirs) = tokio::try_join!(checksum(source, table), checksum(copy, table))?;
        let found = [ours, theirs];
        comparison.tables.push(Compared { name: table, found });
    }
    let (ours, theirs) = tokio::try_join!(sums(source), sums(copy))?;
    let both = ours.into_iter().zip(theirs);
    comparison.sums = SUM_NAMES
        .into_iter()
        .zip(both)
        .map(|(name, (ours, theirs))| Compared {
            name,
            found: [ours, theirs],
        })
        .collect();
    for part in parts {
        for row in copy.fetch("check", part.statement(), []).await? {
            comparison.faults.extend(part.fault(&row)?);
        }
    }
    Ok(comparison)
}

async fn sums(tx: &mut ReadTx) -> Result<Vec<i64>, Error> {
    let row = tx.fetch_one("ledger", SUMS, []).await?;
    SUM_NAMES.into_iter().map(|name| row.get(name)).collect()
}

async fn checksum(tx: &mut ReadTx, table: &'static str) -> Result<RowsChecksum, Error> {
    let columns = TableColumns::read(tx, table).await?;
    let mut pages = Pages::new(&columns);
    let mut sum = RowsChecksum::default();
    let mut canonical = Vec::new();
    loop {
        let page = pages.next(tx).await?;
        if page.is_empty() {
            return Ok(sum);
        }
        for row in &page {
            canonical.clear();
            row.iter().for_each(|value| append(value, &mut canonical));
            sum.rows += 1;
            sum.checksum = sum.checksum.wrapping_add(half(&Sha256::digest(&canonical)));
        }
    }
}

/// Appends a value in the form that is the same for both databases.
fn append(value: &Argument, canonical: &mut Vec<u8>) {
    let (letter, bytes) = match value {
        Argument::Integer(Some(integer)) => (b'i', &integer.to_be_bytes()[..]),
        Argument::Text(Some(text)) => (b't', text.as_bytes()),
        Argument::Blob(Some(bytes)) => (b'b', &bytes[..]),
        Argument::Integer(None) | Argument::Text(None) | Argument::Blob(None) => (b'n', &[][..]),
    };
    canonical.push(letter);
    canonical.extend_from_slice(&bytes.len().to_be_bytes());
    canonical.extend_from_slice(bytes);
}

fn half(digest: &[u8]) -> u128 {
    digest.iter().take(16).fold(0, |sum, byte| sum << 8 | u128::from(*byte))
}
