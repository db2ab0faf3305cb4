//! Lines of orders. A line is saved only as it was loaded: its state and the number of its attempts guard each change (rule 13).

pub mod figures;
pub mod restart;
pub mod rewire;
mod rows;

pub use self::rows::NewLine;
use self::rows::{InsertedLine, SavedLine, inserted_line, saved_line};
use super::driver::Row;
use super::error::Error;
use super::{ReadTx, WriteTx, as_text, json};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::line::proof::PendingRewire;
use crate::domain::purchase::line::{KeptState, LineState, OrderLine};
use crate::domain::purchase::order::OrderTerms;
use crate::domain::purchase::price::{Millionths, NumberPrice};
use crate::domain::purchase::request::OtherPurchases;
use crate::domain::purchase::{LineId, OrderId, SupplierName};
use crate::domain::time::Timestamp;

/// Stores lines of an order, due at `now`; their ids, in their order. Fails when the supplier has a live line with one of
/// their numbers. Ids only rise, and those that may have been issued before a restore are left out.
pub async fn insert(
    tx: &mut WriteTx,
    order: OrderId,
    terms: &OrderTerms,
    lines: &[NewLine],
    now: Timestamp,
) -> Result<Vec<LineId>, Error> {
    let rows: Vec<InsertedLine<'_>> = lines.iter().map(|line| inserted_line(line, now)).collect();
    let sql =
        "INSERT INTO order_lines (id, order_id, supplier, setup_max, monthly_max, due_at, state_since, state, number,
                                        is_number_fixed, reference, is_ours, setup, monthly, deviation, call_line_id,
                                        attempted_at, owned_since)
               SELECT (SELECT coalesce(max(i.id), 0)
                       FROM (SELECT max(id) AS id FROM order_lines
                             UNION ALL SELECT max(last_line_id) FROM restores) AS i) + 1 + key,
                      $2, $3, $4, $5, $6, $6, value ->> 'state', value ->> 'number',
                      CAST(value ->> 'is_number_fixed' AS BIGINT), value ->> 'reference',
                      CAST(value ->> 'is_ours' AS BIGINT), CAST(value ->> 'setup' AS BIGINT),
                      CAST(value ->> 'monthly' AS BIGINT), value ->> 'deviation', CAST(value ->> 'call_line' AS BIGINT),
                      CAST(value ->> 'attempted_at' AS BIGINT), CAST(value ->> 'owned_since' AS BIGINT)
               FROM jsonb_each($1) WHERE true RETURNING id";
    let arguments = [
        json(&rows).into(),
        order.0.into(),
        as_text(terms.supplier).into(),
        terms.highest.setup.as_i64().into(),
        terms.highest.monthly.as_i64().into(),
        now.as_ms().into(),
    ];
    let rows = tx.fetch("order_lines", sql, arguments).await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// The statement with which lines are read, and its end.
macro_rules! select_lines {
    ($end:literal) => {
        concat!(
            "SELECT l.id, l.order_id, l.supplier, l.state, l.state_since, l.number, l.is_number_fixed, l.reference, l.is_ours, l.setup_max,
                    l.monthly_max, l.setup, l.monthly, l.attempts, l.call_line_id, l.retries, l.reason, l.code, l.deviation,
                    l.due_at, l.owned_since, l.sms_url_hash, l.rewire_since, l.rewire_by_sms, l.gone_since, l.kept_state,
                    l.kept_enabled
             FROM order_lines AS l ",
            $end
        )
    };
}

/// The lines of an order, in their order.
pub async fn of_order(tx: &mut ReadTx, order: OrderId) -> Result<Vec<OrderLine>, Error> {
    let sql = select_lines!("WHERE l.order_id = $1 ORDER BY l.id");
    let rows = tx.fetch("order_lines", sql, [order.0.into()]).await?;
    rows.iter().map(read_line).collect()
}

/// The line with that id.
pub async fn load(tx: &mut ReadTx, line: LineId) -> Result<Option<OrderLine>, Error> {
    let sql = select_lines!("WHERE l.id = $1");
    let row = tx.fetch_first("order_lines", sql, [line.0.into()]).await?;
    row.as_ref().map(read_line).transpose()
}

/// The lines with these ids, in their order.
pub async fn load_all(tx: &mut ReadTx, lines: &[LineId]) -> Result<Vec<OrderLine>, Error> {
    let ids: Vec<i64> = lines.iter().map(|line| line.0).collect();
    let sql = select_lines!("WHERE l.id IN (SELECT CAST(atom AS BIGINT) FROM json_each($1)) ORDER BY l.id");
    let rows = tx.fetch("order_lines", sql, [json(&ids).into()]).await?;
    rows.iter().map(read_line).collect()
}

/// The last line by which a number is ours, at whatever supplier.
pub async fn of_number(tx: &mut ReadTx, number: PhoneNumber) -> Result<Option<OrderLine>, Error> {
    let sql = select_lines!("WHERE l.number = $1 AND l.is_ours = 1 ORDER BY l.id DESC LIMIT 1");
    let row = tx.fetch_first("order_lines", sql, [number.digits().into()]).await?;
    row.as_ref().map(read_line).transpose()
}

/// The last line with which the number was given back.
pub async fn given_back(tx: &mut ReadTx, number: PhoneNumber) -> Result<Option<OrderLine>, Error> {
    let sql = select_lines!("WHERE l.number = $1 AND l.state = 'given_back' ORDER BY l.id DESC LIMIT 1");
    let row = tx.fetch_first("order_lines", sql, [number.digits().into()]).await?;
    row.as_ref().map(read_line).transpose()
}

/// The numbers of the supplier's other lines, and whether another purchase without a number is open or unknown.
pub async fn others(tx: &mut ReadTx, supplier: SupplierName, own: &[LineId]) -> Result<OtherPurchases, Error> {
    let own: Vec<i64> = own.iter().map(|line| line.0).collect();
    let sql = "SELECT number FROM order_lines
               WHERE supplier = $1
                 AND state IN ('attempted', 'unknown', 'waiting', 'wiring', 'unproven', 'stocked', 'giving_back', 'refused')
                 AND (state <> 'refused' OR is_ours = 1) AND id NOT IN (SELECT CAST(atom AS BIGINT) FROM json_each($2))";
    let rows = tx
        .fetch("order_lines", sql, [as_text(supplier).into(), json(&own).into()])
        .await?;
    let numbers = rows
        .iter()
        .map(|row| row.get("number"))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(OtherPurchases {
        is_another_unknown: numbers.contains(&None),
        numbers: numbers.into_iter().flatten().collect(),
    })
}

/// Up to `limit` lines of these suppliers that are due at `now`, the longest due first; of a paused supplier only those in the
/// states `while_paused`.
pub async fn due(
    tx: &mut ReadTx,
    suppliers: &DueSuppliers,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<OrderLine>, Error> {
    let sql = select_lines!(
        "WHERE l.due_at <= $1 AND (l.supplier IN (SELECT atom FROM json_each($2))
                                   OR l.supplier IN (SELECT atom FROM json_each($3))
                                      AND l.state IN (SELECT atom FROM json_each($4)))
         ORDER BY l.due_at, l.id LIMIT $5"
    );
    let [working, paused, states] = suppliers.as_lists();
    let arguments = [
        now.as_ms().into(),
        working.into(),
        paused.into(),
        states.into(),
        limit.into(),
    ];
    let rows = tx.fetch("order_lines", sql, arguments).await?;
    rows.iter().map(read_line).collect()
}

/// When the next of those lines is due.
pub async fn next_due(tx: &mut ReadTx, suppliers: &DueSuppliers) -> Result<Option<Timestamp>, Error> {
    let sql = "SELECT min(due_at) AS next FROM order_lines
               WHERE due_at IS NOT NULL AND (supplier IN (SELECT atom FROM json_each($1))
                                             OR supplier IN (SELECT atom FROM json_each($2))
                                                AND state IN (SELECT atom FROM json_each($3)))";
    let [working, paused, states] = suppliers.as_lists();
    let arguments = [working.into(), paused.into(), states.into()];
    tx.fetch_one("order_lines", sql, arguments).await?.get("next")
}

/// The suppliers whose lines are worked on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DueSuppliers {
    /// Those that are not paused.
    pub working: Vec<SupplierName>,
    /// Those that are.
    pub paused: Vec<SupplierName>,
    /// The states of lines that a pause does not concern.
    pub while_paused: Vec<LineState>,
}

impl DueSuppliers {
    fn as_lists(&self) -> [String; 3] {
        let texts = |suppliers: &[SupplierName]| json(&suppliers.iter().copied().map(as_text).collect::<Vec<_>>());
        let states: Vec<&str> = self.while_paused.iter().copied().map(as_text).collect();
        [texts(&self.working), texts(&self.paused), json(&states)]
    }
}

/// What the purchases cost that were attempted in that time, with `messaging` for each: at the price, or at the highest where that
/// is not known or final (rule 14). What was given back has cost its price all the same; what was not bought costs nothing.
pub async fn spent(
    tx: &mut ReadTx,
    supplier: SupplierName,
    messaging: Millionths,
    (from, until): (Timestamp, Timestamp),
) -> Result<Millionths, Error> {
    let sql = "SELECT CAST(coalesce(sum(CASE WHEN setup > setup_max OR setup IS NOT NULL AND owned_since IS NOT NULL
                                           THEN setup ELSE setup_max END
                                      + CASE WHEN monthly > monthly_max OR monthly IS NOT NULL AND owned_since IS NOT NULL
                                             THEN monthly ELSE monthly_max END + $4), 0) AS BIGINT) AS spent
               FROM order_lines
               WHERE supplier = $1 AND attempted_at >= $2 AND attempted_at < $3
                 AND (owned_since IS NOT NULL OR state IN ('attempted', 'unknown', 'waiting'))";
    let arguments = [
        as_text(supplier).into(),
        from.as_ms().into(),
        until.as_ms().into(),
        messaging.as_i64().into(),
    ];
    tx.fetch_one("order_lines", sql, arguments).await?.get("spent")
}

/// Saves lines, each as it was and as it is. Fails when one of them is no longer as it was.
pub fn save(tx: &mut WriteTx, changes: &[(&OrderLine, &OrderLine)], now: Timestamp) {
    let rows: Vec<SavedLine<'_>> = changes.iter().map(saved_line).collect();
    let sql = "UPDATE order_lines
               SET state_since = CASE WHEN state = c.value ->> 'state' THEN state_since ELSE $2 END,
                   attempted_at = CASE WHEN c.value ->> 'state' = 'attempted' THEN $2 ELSE attempted_at END,
                   state = c.value ->> 'state', number = c.value ->> 'number', reference = c.value ->> 'reference',
                   is_ours = CAST(c.value ->> 'is_ours' AS BIGINT), setup = CAST(c.value ->> 'setup' AS BIGINT),
                   monthly = CAST(c.value ->> 'monthly' AS BIGINT), attempts = CAST(c.value ->> 'attempts' AS BIGINT),
                   call_line_id = CAST(c.value ->> 'call_line' AS BIGINT),
                   retries = CAST(c.value ->> 'retries' AS BIGINT), reason = c.value ->> 'reason',
                   code = c.value ->> 'code', deviation = c.value ->> 'deviation',
                   due_at = CAST(c.value ->> 'due_at' AS BIGINT), owned_since = CAST(c.value ->> 'owned_since' AS BIGINT),
                   sms_url_hash = unhex(c.value ->> 'sms_url_hash'),
                   rewire_since = CAST(c.value ->> 'rewire_since' AS BIGINT),
                   rewire_by_sms = CAST(c.value ->> 'rewire_by_sms' AS BIGINT), kept_state = c.value ->> 'kept_state',
                   kept_enabled = CAST(c.value ->> 'kept_enabled' AS BIGINT)
               FROM jsonb_each($1) AS c
               WHERE order_lines.id = CAST(c.value ->> 'id' AS BIGINT) AND state = c.value ->> 'state_before'
                 AND attempts = CAST(c.value ->> 'attempts_before' AS BIGINT)";
    tx.queue("order_lines", sql, rows.len(), [json(&rows).into(), now.as_ms().into()]);
}

fn read_line(row: &Row) -> Result<OrderLine, Error> {
    let (setup, monthly): (Option<Millionths>, Option<Millionths>) = (row.get("setup")?, row.get("monthly")?);
    let (kept_state, kept_enabled): (Option<LineState>, Option<bool>) =
        (row.get("kept_state")?, row.get("kept_enabled")?);
    let (rewire_since, rewire_by_sms): (Option<Timestamp>, Option<bool>) =
        (row.get("rewire_since")?, row.get("rewire_by_sms")?);
    Ok(OrderLine {
        id: row.get("id")?,
        order: row.get("order_id")?,
        supplier: row.get("supplier")?,
        state: row.get("state")?,
        state_since: row.get("state_since")?,
        number: row.get("number")?,
        is_number_fixed: row.get("is_number_fixed")?,
        reference: row.get("reference")?,
        is_ours: row.get("is_ours")?,
        highest: NumberPrice {
            setup: row.get("setup_max")?,
            monthly: row.get("monthly_max")?,
        },
        price: setup
            .zip(monthly)
            .map(|(setup, monthly)| NumberPrice { setup, monthly }),
        attempts: row.get("attempts")?,
        call_line: row.get("call_line_id")?,
        retries: row.get("retries")?,
        reason: row.get("reason")?,
        code: row.get("code")?,
        deviation: row.get("deviation")?,
        due_at: row.get("due_at")?,
        owned_since: row.get("owned_since")?,
        sms_url_hash: row.get("sms_url_hash")?,
        rewire: rewire_since
            .zip(rewire_by_sms)
            .map(|(since, by_sms)| PendingRewire { since, by_sms }),
        gone_since: row.get("gone_since")?,
        kept: kept_state
            .zip(kept_enabled)
            .map(|(state, enabled)| KeptState { state, enabled }),
    })
}
