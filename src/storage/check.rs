//! Checks the file for damage: pages that SQLite cannot read, references to missing rows, and sums and counters that are
//! wrong.
//!
//! Each part is one statement and so one consistent view; between two parts the log can be moved into the file. Faults never
//! contain a number or a text (rule 11).

use std::fmt;
use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{Connection as _, Row as _};
use tokio::time::Instant;

use super::error::{DatabaseResult as _, Error, is_damage, is_interrupted};
use super::{Database, pools};

/// Virtual machine instructions of SQLite between two checks of the time.
const INSTRUCTIONS: i32 = 20_000;

/// The parts of a check, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckPart {
    /// SQLite's `quick_check`: pages, rows, CHECKs.
    Pages,
    /// The counters of pools.
    Pools,
    /// Numbers that are rented twice (rule 1).
    Numbers,
    /// The sums of the ledger.
    Totals,
    /// How many SMS each open operation received.
    Messages,
    /// Foreign keys.
    References,
    /// The transfers of each operation (rule 6).
    Operations,
}

/// Damage: no version of this program writes this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// SQLite's message about a page, a row or an index; or why it could not be read.
    Damaged(String),
    /// Rows that refer to missing rows of `parent`.
    Dangling {
        /// Their table.
        table: String,
        /// The table that they refer to.
        parent: String,
        /// How many.
        rows: i64,
    },
    /// The counters of the pool with this id are wrong.
    PoolMiscounted(i64),
    /// So many numbers are rented twice, or rented and available (rule 1).
    RentedTwice(i64),
    /// The totals of the ledger differ from the sums of its transfers and of those that were archived.
    TotalsDiffer,
    /// The counters of SMS of the open operation with this id are wrong.
    SmsMiscounted(i64),
    /// The transfers of the operation with this id do not add up, or contradict its outcome (rule 6).
    Unbalanced(i64),
}

/// The result of a check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// The first faults of each part.
    pub faults: Vec<Fault>,
    /// Parts for which there was not enough time.
    pub unfinished: Vec<CheckPart>,
}

impl Database {
    /// Checks the file on a connection of its own. Stops after `within`, if that is given.
    pub async fn check(&self, within: Option<Duration>) -> Result<CheckReport, Error> {
        let report = check_file(&self.readers.connect_options(), &CheckPart::ALL, within).await?;
        if !report.faults.is_empty() {
            self.health.damaged.store(true, Ordering::Relaxed);
        }
        Ok(report)
    }
}

/// Checks these parts of a file.
pub(super) async fn check_file(
    options: &SqliteConnectOptions,
    parts: &[CheckPart],
    within: Option<Duration>,
) -> Result<CheckReport, Error> {
    let mut connection = SqliteConnection::connect_with(options).await.context("check")?;
    if let Some(within) = within {
        let end = Instant::now() + within;
        let mut handle = connection.lock_handle().await.context("check")?;
        handle.set_progress_handler(INSTRUCTIONS, move || Instant::now() < end);
    }
    let mut report = CheckReport::default();
    for part in parts {
        match part.faults(&mut connection).await {
            Ok(found) => report.faults.extend(found),
            Err(error) if is_interrupted(&error) => report.unfinished.push(*part),
            Err(error) if is_damage(&error) => report.faults.push(Fault::Damaged(format!("{part}: {error}"))),
            Err(error) => return Err(error).context("check"),
        }
    }
    connection.close().await.context("check")?;
    Ok(report)
}

impl CheckPart {
    /// Those that do not depend on the version of the tables.
    pub(super) const OF_ANY_VERSION: [Self; 2] = [Self::Pages, Self::References];

    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Pages,
        Self::Pools,
        Self::Numbers,
        Self::Totals,
        Self::Messages,
        Self::References,
        Self::Operations,
    ];

    async fn faults(self, connection: &mut SqliteConnection) -> Result<Vec<Fault>, sqlx::Error> {
        let sql = match self {
            Self::Pages => "PRAGMA quick_check(10)",
            Self::References => DANGLING,
            Self::Pools => pools::OUT_OF_SYNC,
            Self::Numbers => RENTED_TWICE,
            Self::Totals => TOTALS_DIFFER,
            Self::Messages => SMS_MISCOUNTED,
            Self::Operations => UNBALANCED,
        };
        let damaged = |message: &str| Fault::Damaged(format!("{self}: {message}"));
        let rows = sqlx::query(sql).fetch_all(connection).await?;
        let fault = |row: &SqliteRow| {
            Ok(match self {
                Self::Pages => Some(row.try_get("quick_check")?)
                    .filter(|message: &&str| *message != "ok")
                    .map(damaged),
                Self::References => Some(Fault::Dangling {
                    table: row.try_get("table")?,
                    parent: row.try_get("parent")?,
                    rows: row.try_get("dangling")?,
                }),
                Self::Pools => Some(Fault::PoolMiscounted(row.try_get("id")?)),
                Self::Numbers => Some(row.try_get("numbers")?)
                    .filter(|count| *count > 0)
                    .map(Fault::RentedTwice),
                Self::Totals => row.try_get::<bool, _>("differ")?.then_some(Fault::TotalsDiffer),
                Self::Messages => Some(Fault::SmsMiscounted(row.try_get("id")?)),
                Self::Operations => Some(Fault::Unbalanced(row.try_get("id")?)),
            })
        };
        rows.iter().filter_map(|row| fault(row).transpose()).collect()
    }
}

const DANGLING: &str = "SELECT \"table\", parent, count(*) AS dangling FROM pragma_foreign_key_check GROUP BY 1, 2";

const RENTED_TWICE: &str = "SELECT (SELECT count(*) FROM operations AS o CROSS JOIN numbers AS n ON n.number = o.number
                CROSS JOIN available_numbers AS s ON s.pool_id = n.pool_id AND s.number = n.number WHERE o.closed_at IS NULL)
             + (SELECT count(*) FROM (SELECT 1 FROM operations AS o WHERE o.closed_at IS NULL
                                      GROUP BY o.number HAVING count(*) > 1)) AS numbers";

/// Of what the totals contain, some was removed into archives.
const TOTALS_DIFFER: &str = "SELECT NOT EXISTS (
    SELECT 1 FROM ledger_totals AS t
    CROSS JOIN (SELECT coalesce(sum(reserved), 0) AS reserved, coalesce(sum(posted), 0) AS posted,
                       coalesce(sum(voided), 0) AS voided, coalesce(sum(reversed), 0) AS reversed FROM archives) AS a
    WHERE t.folded_to <= (SELECT coalesce(max(id), 0) FROM ledger)
      AND (t.reserved - a.reserved, t.posted - a.posted, t.voided - a.voided, t.reversed - a.reversed) = (
          SELECT coalesce(sum(kopecks) FILTER (WHERE kind = 'reserve'), 0),
                 coalesce(sum(kopecks) FILTER (WHERE kind = 'post'), 0),
                 coalesce(sum(kopecks) FILTER (WHERE kind = 'void'), 0),
                 coalesce(sum(kopecks) FILTER (WHERE kind = 'reverse'), 0)
          FROM ledger WHERE id <= t.folded_to)) AS differ";

/// Messages that are withheld or were refused as BAD_SERVICE do not count as an SMS. Messages of open operations are never
/// deleted.
const SMS_MISCOUNTED: &str = "SELECT o.id FROM operations AS o
    WHERE o.closed_at IS NULL
      AND (o.message_count, o.sms_count) <> (
          SELECT count(*) FILTER (WHERE d.message_id IS NOT NULL OR m.withheld = 1),
                 count(*) FILTER (WHERE d.message_id IS NOT NULL AND d.refusal IS NOT 'BAD_SERVICE')
          FROM messages AS m LEFT JOIN deliveries AS d ON d.message_id = m.id WHERE m.operation_id = o.id)
    LIMIT 10";

/// An open operation has its reserve open, a closed one nothing. Only a sold one has a credit that was not reversed.
const UNBALANCED: &str = "SELECT o.id FROM operations AS o LEFT JOIN ledger AS l ON l.operation_id = o.id
    GROUP BY o.id
    HAVING coalesce(sum(CASE l.kind WHEN 'reserve' THEN l.kopecks WHEN 'reverse' THEN 0 ELSE -l.kopecks END), 0)
               <> CASE WHEN o.closed_at IS NULL THEN o.sum_kopecks ELSE 0 END
        OR count(*) FILTER (WHERE l.kind = 'post') - count(*) FILTER (WHERE l.kind = 'reverse') <> (o.outcome IS 'sold')
    LIMIT 10";

impl fmt::Display for CheckPart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Pages => "pages",
            Self::References => "references",
            Self::Pools => "counters of pools",
            Self::Numbers => "open operations of numbers",
            Self::Totals => "sums of the ledger",
            Self::Messages => "counters of SMS",
            Self::Operations => "ledger of each operation",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged(message) => write!(formatter, "{message}"),
            Self::Dangling { table, parent, rows } => {
                write!(
                    formatter,
                    "{rows} rows of {table} refer to rows of {parent} that are missing"
                )
            }
            Self::PoolMiscounted(pool) => write!(formatter, "the counters of pool {pool} are wrong"),
            Self::RentedTwice(numbers) => {
                write!(
                    formatter,
                    "{numbers} numbers are rented twice, or rented and available (rule 1)"
                )
            }
            Self::TotalsDiffer => write!(
                formatter,
                "the totals of the ledger differ from the sums of its transfers"
            ),
            Self::SmsMiscounted(operation) => {
                write!(formatter, "the counters of SMS of operation {operation} are wrong")
            }
            Self::Unbalanced(operation) => write!(
                formatter,
                "the transfers of operation {operation} do not add up, or contradict its outcome (rule 6)"
            ),
        }
    }
}
