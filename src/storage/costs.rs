//! What bought numbers cost: entries are added, never changed.

pub mod sums;

use serde::Serialize;

use super::driver::Row;
use super::error::Error;
use super::{ReadTx, WriteTx, as_text, json};
use crate::domain::day::Day;
use crate::domain::purchase::cost::correction::BookedCosts;
use crate::domain::purchase::cost::{CostEntry, ListedCost, RenewedLine};
use crate::domain::purchase::price::Millionths;
use crate::domain::purchase::{LineId, SupplierName};
use crate::domain::time::Timestamp;

#[derive(Serialize)]
struct CostRow {
    line: i64,
    kind: &'static str,
    millionths: i64,
    currency: String,
    day: String,
}

fn cost_row(entry: &CostEntry) -> CostRow {
    CostRow {
        line: entry.line.0,
        kind: as_text(entry.kind),
        millionths: entry.amount.as_i64(),
        currency: entry.currency.to_string(),
        day: entry.day.to_string(),
    }
}

/// Adds entries. What is booked already for the same line, kind and day stays as it is, corrections excepted.
pub fn book(tx: &mut WriteTx, entries: &[CostEntry], now: Timestamp) {
    let rows: Vec<CostRow> = entries.iter().map(cost_row).collect();
    let sql = "INSERT INTO costs (order_line_id, kind, millionths, currency, day, booked_at)
               SELECT CAST(e.value ->> 'line' AS BIGINT), e.value ->> 'kind', CAST(e.value ->> 'millionths' AS BIGINT),
                      e.value ->> 'currency', e.value ->> 'day', $2
               FROM jsonb_each($1) AS e
               WHERE NOT EXISTS (SELECT 1 FROM costs AS c
                                 WHERE c.order_line_id = CAST(e.value ->> 'line' AS BIGINT)
                                   AND c.day = e.value ->> 'day' AND c.kind = e.value ->> 'kind' AND c.kind <> 'correction')";
    tx.queue_insert("costs", sql, rows.len(), [json(&rows).into(), now.as_ms().into()]);
}

/// What a supplier charged on that day besides months, for numbers that were not attempted on it: what an attempt of the day
/// costs is counted with it (rule 14). A first month of SMS counts as `messaging`; a credit does not raise the budget.
pub async fn one_time(
    tx: &mut ReadTx,
    supplier: SupplierName,
    messaging: Millionths,
    day: Day,
) -> Result<Millionths, Error> {
    let sql = "SELECT CAST(coalesce(sum(CASE WHEN c.kind = 'messaging' THEN $3 WHEN c.millionths > 0 THEN c.millionths
                                           ELSE 0 END), 0) AS BIGINT) AS charged
               FROM costs AS c JOIN order_lines AS l ON l.id = c.order_line_id
               WHERE c.day = $1 AND c.kind IN ('messaging', 'correction') AND l.supplier = $2
                 AND (l.attempted_at IS NULL OR l.attempted_at < $4)
                 AND NOT EXISTS (SELECT 1 FROM costs AS e WHERE e.order_line_id = c.order_line_id AND e.kind = c.kind
                                   AND e.kind = 'messaging' AND e.day < c.day)";
    let arguments = [
        day.to_string().into(),
        as_text(supplier).into(),
        messaging.as_i64().into(),
        day.start().as_ms().into(),
    ];
    tx.fetch_one("costs", sql, arguments).await?.get("charged")
}

/// What is booked for the numbers of these lines, each by currency; months of SMS are not part of their price.
pub async fn booked(tx: &mut ReadTx, lines: &[LineId]) -> Result<Vec<BookedCosts>, Error> {
    let sql = "SELECT c.order_line_id, c.currency, count(*) FILTER (WHERE c.kind = 'monthly') AS months,
                      CAST(sum(c.millionths) AS BIGINT) AS amount
               FROM json_each($1) AS e CROSS JOIN costs AS c
               WHERE c.order_line_id = CAST(e.atom AS BIGINT) AND c.kind <> 'messaging'
               GROUP BY c.order_line_id, c.currency ORDER BY c.order_line_id, c.currency";
    let ids: Vec<i64> = lines.iter().map(|line| line.0).collect();
    let rows = tx.fetch("costs", sql, [json(&ids).into()]).await?;
    let booked = |row: &Row| {
        Ok(BookedCosts {
            line: row.get("order_line_id")?,
            currency: row.get("currency")?,
            months: row.get("months")?,
            amount: row.get("amount")?,
        })
    };
    rows.iter().map(booked).collect()
}

/// Up to `limit` entries that are older than that one, the newest first.
pub async fn list(tx: &mut ReadTx, before: Option<i64>, limit: u32) -> Result<Vec<ListedCost>, Error> {
    let sql = "SELECT c.id, c.order_line_id, c.kind, c.millionths, c.currency, c.day, c.booked_at, l.number, l.supplier
               FROM costs AS c CROSS JOIN order_lines AS l
               WHERE l.id = c.order_line_id AND c.id < $1 ORDER BY c.id DESC LIMIT $2";
    let arguments = [before.unwrap_or(i64::MAX).into(), limit.into()];
    let rows = tx.fetch("costs", sql, arguments).await?;
    rows.iter().map(listed).collect()
}

fn listed(row: &Row) -> Result<ListedCost, Error> {
    Ok(ListedCost {
        id: row.get("id")?,
        entry: CostEntry {
            line: row.get("order_line_id")?,
            kind: row.get("kind")?,
            amount: row.get("millionths")?,
            currency: row.get("currency")?,
            day: row.get("day")?,
        },
        number: row.get("number")?,
        supplier: row.get("supplier")?,
        booked_at: row.get("booked_at")?,
    })
}

/// Up to `limit` lines after that one whose number is ours, or was given back at `given_back_since` or later, in their order.
pub async fn renewed_lines(
    tx: &mut ReadTx,
    after: Option<LineId>,
    given_back_since: Timestamp,
    limit: u32,
) -> Result<Vec<RenewedLine>, Error> {
    let sql = "SELECT l.id, l.supplier, l.owned_since, coalesce(l.monthly, l.monthly_max) AS monthly,
                      l.state NOT IN ('wiring', 'refused') AND l.kept_state IS DISTINCT FROM 'refused' AS is_wired,
                      CASE l.state WHEN 'given_back' THEN l.state_since END AS given_back_at, c.day, c.currency
               FROM order_lines AS l
                    LEFT JOIN costs AS c ON c.order_line_id = l.id AND c.kind = 'monthly'
                                        AND c.day = (SELECT max(b.day) FROM costs AS b
                                                     WHERE b.order_line_id = l.id AND b.kind = 'monthly')
               WHERE l.id > $1 AND (l.is_ours = 1 OR l.state = 'given_back' AND l.state_since >= $2)
               ORDER BY l.id LIMIT $3";
    let arguments = [
        after.map_or(0, |line| line.0).into(),
        given_back_since.as_ms().into(),
        limit.into(),
    ];
    let rows = tx.fetch("order_lines", sql, arguments).await?;
    rows.iter().map(renewed).collect()
}

fn renewed(row: &Row) -> Result<RenewedLine, Error> {
    let (day, currency) = (row.get("day")?, row.get("currency")?);
    Ok(RenewedLine {
        id: row.get("id")?,
        supplier: row.get("supplier")?,
        owned_since: row.get("owned_since")?,
        given_back_at: row.get("given_back_at")?,
        monthly: row.get("monthly")?,
        is_wired: row.get("is_wired")?,
        last: Option::zip(day, currency),
    })
}
