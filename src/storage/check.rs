//! Looks for damage in a database: sums and counters that are wrong, and in a file also pages that SQLite cannot read and
//! references to missing rows.
//!
//! Each part is one statement and so one consistent view. Faults never contain a number or a text (rule 11).

use std::fmt;

use super::driver::{Row, Sql};
use super::error::Error;
use super::pools;

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
    /// Parts that were checked.
    pub finished: Vec<CheckPart>,
    /// Parts for which there was not enough time.
    pub unfinished: Vec<CheckPart>,
}

impl CheckPart {
    /// All of them.
    pub(super) const OF_FILES: [Self; 7] = [
        Self::Pages,
        Self::Pools,
        Self::Numbers,
        Self::Totals,
        Self::Messages,
        Self::References,
        Self::Operations,
    ];
    /// Those that do not depend on the version of the tables.
    pub(super) const OF_FILES_OF_ANY_VERSION: [Self; 2] = [Self::Pages, Self::References];
    /// Those that concern PostgreSQL, which keeps references and checks its pages itself.
    pub(super) const OF_SERVERS: [Self; 5] = [
        Self::Pools,
        Self::Numbers,
        Self::Totals,
        Self::Messages,
        Self::Operations,
    ];

    /// The statement that finds its faults.
    pub(super) fn statement(self) -> Sql {
        match self {
            Self::Pages => "PRAGMA quick_check(10)".into(),
            Self::References => DANGLING.into(),
            Self::Pools => pools::OUT_OF_SYNC.into(),
            Self::Numbers => RENTED_TWICE.into(),
            Self::Totals => TOTALS_DIFFER.into(),
            Self::Messages => SMS_MISCOUNTED.into(),
            Self::Operations => UNBALANCED.into(),
        }
    }

    /// What a row of that statement is about; `None`: nothing is wrong.
    pub(super) fn fault(self, row: &Row) -> Result<Option<Fault>, Error> {
        Ok(match self {
            Self::Pages => match row.text("quick_check")? {
                "ok" => None,
                message => Some(self.damaged(message)),
            },
            Self::References => Some(Fault::Dangling {
                table: row.get("table")?,
                parent: row.get("parent")?,
                rows: row.get("dangling")?,
            }),
            Self::Pools => Some(Fault::PoolMiscounted(row.get("id")?)),
            Self::Numbers => Some(row.get("numbers")?)
                .filter(|count| *count > 0)
                .map(Fault::RentedTwice),
            Self::Totals => row.get::<bool>("differ")?.then_some(Fault::TotalsDiffer),
            Self::Messages => Some(Fault::SmsMiscounted(row.get("id")?)),
            Self::Operations => Some(Fault::Unbalanced(row.get("id")?)),
        })
    }

    /// The fault of a part that cannot be read.
    pub(super) fn damaged(self, message: &str) -> Fault {
        Fault::Damaged(format!("{self}: {message}"))
    }
}

const DANGLING: &str = "SELECT \"table\", parent, count(*) AS dangling FROM pragma_foreign_key_check GROUP BY 1, 2";

const RENTED_TWICE: &str =
    "SELECT (SELECT count(*) FROM operations AS o CROSS JOIN numbers AS n CROSS JOIN available_numbers AS s
                WHERE o.closed_at IS NULL AND n.number = o.number AND s.pool_id = n.pool_id AND s.number = n.number)
             + (SELECT count(*) FROM (SELECT 1 FROM operations AS o WHERE o.closed_at IS NULL
                                      GROUP BY o.number HAVING count(*) > 1) AS twice) AS numbers";

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
                 count(*) FILTER (WHERE d.message_id IS NOT NULL AND d.refusal IS DISTINCT FROM 'BAD_SERVICE')
          FROM messages AS m LEFT JOIN deliveries AS d ON d.message_id = m.id WHERE m.operation_id = o.id)
    LIMIT 10";

/// An open operation has its reserve open, a closed one nothing. Only a sold one has a credit that was not reversed.
const UNBALANCED: &str = "SELECT o.id FROM operations AS o LEFT JOIN ledger AS l ON l.operation_id = o.id
    GROUP BY o.id
    HAVING coalesce(sum(CASE l.kind WHEN 'reserve' THEN l.kopecks WHEN 'reverse' THEN 0 ELSE -l.kopecks END), 0)
               <> CASE WHEN o.closed_at IS NULL THEN o.sum_kopecks ELSE 0 END
        OR count(*) FILTER (WHERE l.kind = 'post') - count(*) FILTER (WHERE l.kind = 'reverse') <> CASE WHEN o.outcome = 'sold' THEN 1 ELSE 0 END
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
