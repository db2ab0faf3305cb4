//! Numbers: loaded for a decision, and saved with their strikes, bans and rests.

use serde::Serialize;

use super::driver::Row;
use super::error::Error;
use super::{ReadTx, WriteTx, as_text, json};
use crate::domain::number::{Ban, Number};
use crate::domain::phone::PhoneNumber;
use crate::domain::stock::PoolId;
use crate::domain::time::Timestamp;

/// The statement that loads numbers, completed by `$end`.
macro_rules! select {
    ($end:literal) => {
        concat!(
            "SELECT n.number, n.pool_id, n.enabled, n.hold, n.strikes, n.banned_until, n.ban_reason, n.rests_until,
                    (SELECT id FROM operations AS o WHERE o.number = n.number AND o.closed_at IS NULL) AS operation
             FROM numbers AS n ",
            $end
        )
    };
}

pub(super) fn number(row: &Row) -> Result<Number, Error> {
    let ban = |until| -> Result<Ban, Error> {
        let reason = row.get("ban_reason")?;
        Ok(Ban { until, reason })
    };
    let banned_until: Option<Timestamp> = row.get("banned_until")?;
    Ok(Number {
        number: row.get("number")?,
        pool: row.get("pool_id")?,
        enabled: row.get("enabled")?,
        hold: row.get("hold")?,
        strikes: row.get("strikes")?,
        ban: banned_until.map(ban).transpose()?,
        rests_until: row.get("rests_until")?,
        operation: row.get("operation")?,
    })
}

/// Those of these numbers that are in the inventory, in the order of their digits.
pub async fn load(tx: &mut ReadTx, numbers: &[PhoneNumber]) -> Result<Vec<Number>, Error> {
    let numbers: Vec<String> = numbers.iter().map(|number| number.digits()).collect();
    let sql = select!("WHERE n.number IN (SELECT atom FROM json_each($1))");
    let rows = tx.fetch("numbers", sql, [json(&numbers).into()]).await?;
    let mut loaded: Vec<Number> = rows.iter().map(number).collect::<Result<_, _>>()?;
    // SQLite finds them in this order, PostgreSQL in any.
    loaded.sort_by_cached_key(|number| number.number.digits());
    Ok(loaded)
}

/// The numbers whose ban is over at `now`, the longest over first.
pub async fn ban_over(tx: &mut ReadTx, now: Timestamp, limit: u32) -> Result<Vec<Number>, Error> {
    let sql = select!("WHERE n.banned_until <= $1 ORDER BY n.banned_until, n.number LIMIT $2");
    let rows = tx.fetch("numbers", sql, [now.as_ms().into(), limit.into()]).await?;
    rows.iter().map(number).collect()
}

/// Up to `limit` banned numbers after that end of a ban and number; bans that end first come first.
pub async fn banned(
    tx: &mut ReadTx,
    after: Option<(Timestamp, PhoneNumber)>,
    limit: u32,
) -> Result<Vec<Number>, Error> {
    let (until, digits) = after.map_or((i64::MIN, String::new()), |(until, number)| {
        (until.as_ms(), number.digits())
    });
    let sql = select!(
        "WHERE n.banned_until IS NOT NULL AND (n.banned_until, n.number) > ($1, $2)
         ORDER BY n.banned_until, n.number LIMIT $3"
    );
    let rows = tx
        .fetch("numbers", sql, [until.into(), digits.into(), limit.into()])
        .await?;
    rows.iter().map(number).collect()
}

/// When the next ban is over.
pub async fn next_ban_over(tx: &mut ReadTx) -> Result<Option<Timestamp>, Error> {
    let sql = "SELECT min(banned_until) AS next FROM numbers WHERE banned_until IS NOT NULL";
    tx.fetch_one("numbers", sql, []).await?.get("next")
}

/// The numbers whose rest is over at `now`, the longest over first.
pub async fn rest_over(tx: &mut ReadTx, now: Timestamp, limit: u32) -> Result<Vec<Number>, Error> {
    let sql = select!("WHERE n.rests_until <= $1 ORDER BY n.rests_until, n.number LIMIT $2");
    let rows = tx.fetch("numbers", sql, [now.as_ms().into(), limit.into()]).await?;
    rows.iter().map(number).collect()
}

/// When the first and the last rest is over.
pub async fn rest_range(tx: &mut ReadTx) -> Result<Option<(Timestamp, Timestamp)>, Error> {
    let sql = "SELECT (SELECT min(rests_until) FROM numbers WHERE rests_until IS NOT NULL) AS first,
                      (SELECT max(rests_until) FROM numbers WHERE rests_until IS NOT NULL) AS last";
    let row = tx.fetch_one("numbers", sql, []).await?;
    let (first, last): (Option<Timestamp>, Option<Timestamp>) = (row.get("first")?, row.get("last")?);
    Ok(first.zip(last))
}

/// Shortens up to `limit` rests that end after `horizon`, so that they end at `latest`.
pub fn shorten_rests(tx: &mut WriteTx, latest: Timestamp, horizon: Timestamp, limit: u32) {
    let sql = "UPDATE numbers SET rests_until = $1
               WHERE number IN (SELECT number FROM numbers WHERE rests_until > $2 LIMIT $3)";
    tx.queue_any(
        "numbers",
        sql,
        [latest.as_ms().into(), horizon.as_ms().into(), limit.into()],
    );
}

#[derive(Serialize)]
struct PlacedRow {
    number: String,
    pool_id: i64,
}

fn placed_rows(numbers: &[(PhoneNumber, PoolId)]) -> Vec<PlacedRow> {
    let row = |(number, pool): &(PhoneNumber, PoolId)| PlacedRow {
        number: number.digits(),
        pool_id: pool.0,
    };
    numbers.iter().map(row).collect()
}

/// Stores new numbers: enabled, without a strike, and resting until then. Fails when one of them exists already.
pub fn insert(tx: &mut WriteTx, numbers: &[(PhoneNumber, PoolId)], rests_until: Option<Timestamp>, now: Timestamp) {
    let rows = placed_rows(numbers);
    let sql = "INSERT INTO numbers (number, pool_id, rests_until, created_at)
               SELECT value ->> 'number', CAST(value ->> 'pool_id' AS BIGINT), $2, $3 FROM jsonb_each($1)";
    let arguments = [
        json(&rows).into(),
        rests_until.map(Timestamp::as_ms).into(),
        now.as_ms().into(),
    ];
    tx.queue_insert("numbers", sql, rows.len(), arguments);
}

/// Saves existing numbers: whether they are enabled, their strikes, ban and rest. What holds them stays: see [`save_holds`].
pub fn save(tx: &mut WriteTx, numbers: &[Number]) {
    #[derive(Serialize)]
    struct NumberRow<'a> {
        number: String,
        enabled: i64,
        strikes: u32,
        banned_until: Option<i64>,
        ban_reason: Option<&'a str>,
        rests_until: Option<i64>,
    }
    let rows: Vec<NumberRow> = numbers
        .iter()
        .map(|one| NumberRow {
            number: one.number.digits(),
            enabled: one.enabled.into(),
            strikes: one.strikes,
            banned_until: one.ban.as_ref().map(|ban| ban.until.as_ms()),
            ban_reason: one.ban.as_ref().map(|ban| ban.reason.as_str()),
            rests_until: one.rests_until.map(Timestamp::as_ms),
        })
        .collect();
    let sql = "UPDATE numbers SET enabled = CAST(c.value ->> 'enabled' AS BIGINT),
                                  strikes = CAST(c.value ->> 'strikes' AS BIGINT),
                                  banned_until = CAST(c.value ->> 'banned_until' AS BIGINT),
                                  ban_reason = c.value ->> 'ban_reason',
                                  rests_until = CAST(c.value ->> 'rests_until' AS BIGINT)
               FROM jsonb_each($1) AS c WHERE numbers.number = c.value ->> 'number'";
    tx.queue("numbers", sql, rows.len(), [json(&rows).into()]);
}

/// Saves what holds existing numbers, and whether they are enabled. Not part of [`save`], so that the end of a rental does not
/// write it. Fails when one that is held is available, or when one that was given back is rented (rules 15 and 16).
pub fn save_holds(tx: &mut WriteTx, numbers: &[Number]) {
    #[derive(Serialize)]
    struct HoldRow {
        number: String,
        enabled: i64,
        hold: Option<&'static str>,
    }
    let row = |one: &Number| HoldRow {
        number: one.number.digits(),
        enabled: one.enabled.into(),
        hold: one.hold.map(as_text),
    };
    let rows: Vec<HoldRow> = numbers.iter().map(row).collect();
    let sql = "UPDATE numbers SET hold = c.value ->> 'hold', enabled = CAST(c.value ->> 'enabled' AS BIGINT)
               FROM jsonb_each($1) AS c WHERE numbers.number = c.value ->> 'number'";
    tx.queue("numbers", sql, rows.len(), [json(&rows).into()]);
}

/// Moves existing numbers to other pools. Not part of [`save`], so that the end of a rental does not write the index by
/// pool.
pub fn relocate(tx: &mut WriteTx, numbers: &[(PhoneNumber, PoolId)]) {
    let rows = placed_rows(numbers);
    let sql = "UPDATE numbers SET pool_id = CAST(c.value ->> 'pool_id' AS BIGINT)
               FROM jsonb_each($1) AS c WHERE numbers.number = c.value ->> 'number'";
    tx.queue("numbers", sql, rows.len(), [json(&rows).into()]);
}
