//! Numbers: loaded for a decision, saved with their strikes and bans.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::error::{DatabaseResult as _, Error};
use super::{ReadTx, WriteTx, json};
use crate::domain::number::{Ban, Number};
use crate::domain::operation::OperationId;
use crate::domain::phone::PhoneNumber;
use crate::domain::stock::PoolId;
use crate::domain::time::Timestamp;

/// The statement with which every function here loads numbers, and its own end.
macro_rules! select {
    ($end:literal) => {
        concat!(
            "SELECT n.number, n.pool_id, n.enabled, n.strikes, n.banned_until, n.ban_reason, n.rests_until,
                    (SELECT id FROM operations AS o WHERE o.number = n.number AND o.closed_at IS NULL) AS operation
             FROM numbers AS n ",
            $end
        )
    };
}

pub(super) fn number(row: &SqliteRow) -> Result<Number, Error> {
    let corrupt = |column| Error::Corrupt {
        table: "numbers",
        column,
    };
    let ban = row.get::<Option<i64>, _>("banned_until").map(|until| Ban {
        until: Timestamp::from_ms(until),
        reason: row.get::<Option<String>, _>("ban_reason").unwrap_or_default(),
    });
    Ok(Number {
        number: row.get::<&str, _>("number").parse().map_err(|_| corrupt("number"))?,
        pool: PoolId(row.get("pool_id")),
        enabled: row.get::<i64, _>("enabled") == 1,
        strikes: u32::try_from(row.get::<i64, _>("strikes")).map_err(|_| corrupt("strikes"))?,
        ban,
        rests_until: row.get::<Option<i64>, _>("rests_until").map(Timestamp::from_ms),
        operation: row.get::<Option<i64>, _>("operation").and_then(OperationId::new),
    })
}

/// The numbers with these digits; those that are not ours are missing.
pub async fn load(session: &mut ReadTx, numbers: &[PhoneNumber]) -> Result<Vec<Number>, Error> {
    let numbers: Vec<String> = numbers.iter().map(|number| number.digits()).collect();
    let sql = select!("WHERE n.number IN (SELECT value FROM json_each($1))");
    let rows = session.fetch("numbers", sql, [json(&numbers).into()]).await?;
    rows.iter().map(number).collect()
}

/// The numbers whose ban is over at `now`, the longest over first.
pub async fn ban_over(session: &mut ReadTx, now: Timestamp, limit: u32) -> Result<Vec<Number>, Error> {
    let sql = select!("WHERE n.banned_until <= $1 ORDER BY n.banned_until LIMIT $2");
    let rows = session
        .fetch("numbers", sql, [now.as_ms().into(), limit.into()])
        .await?;
    rows.iter().map(number).collect()
}

/// Up to `limit` banned numbers, those whose ban ends first to begin with, after that end and number.
pub async fn banned(
    session: &mut ReadTx,
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
    let rows = session
        .fetch("numbers", sql, [until.into(), digits.into(), limit.into()])
        .await?;
    rows.iter().map(number).collect()
}

/// When the next ban is over.
pub async fn next_ban_over(session: &mut ReadTx) -> Result<Option<Timestamp>, Error> {
    let sql = "SELECT min(banned_until) FROM numbers WHERE banned_until IS NOT NULL";
    let next: Option<i64> = sqlx::query_scalar(sql)
        .fetch_one(session.connection().await?)
        .await
        .context("numbers")?;
    Ok(next.map(Timestamp::from_ms))
}

/// The numbers whose rest is over at `now`, the longest over first.
pub async fn rest_over(session: &mut ReadTx, now: Timestamp, limit: u32) -> Result<Vec<Number>, Error> {
    let sql = select!("WHERE n.rests_until <= $1 ORDER BY n.rests_until LIMIT $2");
    let rows = session
        .fetch("numbers", sql, [now.as_ms().into(), limit.into()])
        .await?;
    rows.iter().map(number).collect()
}

/// When the first and the last rest is over.
pub async fn rest_span(session: &mut ReadTx) -> Result<Option<(Timestamp, Timestamp)>, Error> {
    let sql = "SELECT (SELECT min(rests_until) FROM numbers WHERE rests_until IS NOT NULL),
                      (SELECT max(rests_until) FROM numbers WHERE rests_until IS NOT NULL)";
    let (first, last): (Option<i64>, Option<i64>) = sqlx::query_as(sql)
        .fetch_one(session.connection().await?)
        .await
        .context("numbers")?;
    Ok(first
        .zip(last)
        .map(|(first, last)| (Timestamp::from_ms(first), Timestamp::from_ms(last))))
}

/// Has up to `limit` rests that end after `horizon` end at `latest`.
pub fn shorten_rests(tx: &mut WriteTx, latest: Timestamp, horizon: Timestamp, limit: u32) {
    let sql = "UPDATE numbers SET rests_until = $1
               WHERE number IN (SELECT number FROM numbers WHERE rests_until > $2 LIMIT $3)";
    tx.queue_any(
        "numbers",
        sql,
        [latest.as_ms().into(), horizon.as_ms().into(), limit.into()],
    );
}

/// Stores new numbers as they come: in use, without a strike. Fails when one of them is there already.
pub fn insert(tx: &mut WriteTx, numbers: &[(PhoneNumber, PoolId)], now: Timestamp) {
    let rows: Vec<(String, i64)> = numbers.iter().map(|(number, pool)| (number.digits(), pool.0)).collect();
    let sql = "INSERT INTO numbers (number, pool_id, created_at)
               SELECT value ->> 0, value ->> 1, $2 FROM jsonb_each($1)";
    tx.queue_insert("numbers", sql, rows.len(), [json(&rows).into(), now.as_ms().into()]);
}

/// Saves use, strikes, ban and rest of numbers that exist.
pub fn save(tx: &mut WriteTx, numbers: &[Number]) {
    let rows: Vec<_> = numbers
        .iter()
        .map(|one| {
            let until = one.ban.as_ref().map(|ban| ban.until.as_ms());
            let reason = one.ban.as_ref().map(|ban| ban.reason.as_str());
            let rests_until = one.rests_until.map(Timestamp::as_ms);
            (
                one.number.digits(),
                i64::from(one.enabled),
                one.strikes,
                until,
                reason,
                rests_until,
            )
        })
        .collect();
    let sql = "UPDATE numbers SET enabled = c.value ->> 1, strikes = c.value ->> 2, banned_until = c.value ->> 3,
                                  ban_reason = c.value ->> 4, rests_until = c.value ->> 5
               FROM jsonb_each($1) AS c WHERE numbers.number = c.value ->> 0";
    tx.queue("numbers", sql, rows.len(), [json(&rows).into()]);
}

/// Moves numbers that exist to other pools. Apart from [`save`], because the end of a rental does not touch the index by
/// pool.
pub fn relocate(tx: &mut WriteTx, numbers: &[(PhoneNumber, PoolId)]) {
    let rows: Vec<(String, i64)> = numbers.iter().map(|(number, pool)| (number.digits(), pool.0)).collect();
    let sql = "UPDATE numbers SET pool_id = c.value ->> 1
               FROM jsonb_each($1) AS c WHERE numbers.number = c.value ->> 0";
    tx.queue("numbers", sql, rows.len(), [json(&rows).into()]);
}
