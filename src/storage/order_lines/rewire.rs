//! Numbers whose address for SMS a person has to change, and what the SMS that arrive show about it.

use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::line::proof::{NumberToRewire, ReceivedProof};
use crate::domain::time::Timestamp;
use crate::storage::driver::Row;
use crate::storage::error::Error;
use crate::storage::{ReadTx, WriteTx, as_text, json};

/// Marks the supplier's numbers of the inventory whose SMS go to another address than the one with that hash: a person has to
/// change it. The others are not marked any more. `has_new_token`: the address before had another token.
pub fn mark(tx: &mut WriteTx, supplier: SupplierName, sms_url_hash: &[u8; 32], has_new_token: bool, now: Timestamp) {
    let sql = "UPDATE order_lines SET rewire_since = coalesce(rewire_since, $3),
                                      rewire_by_sms = CASE WHEN rewire_by_sms = 1 OR CAST($4 AS BIGINT) = 1 OR sms_url_hash IS NULL
                                                           THEN 1 ELSE 0 END
               WHERE supplier = $1 AND state IN ('stocked', 'unproven', 'giving_back') AND sms_url_hash IS DISTINCT FROM $2";
    let arguments = [
        as_text(supplier).into(),
        sms_url_hash[..].into(),
        now.as_ms().into(),
        has_new_token.into(),
    ];
    tx.queue_any("order_lines", sql, arguments);
    let sql = "UPDATE order_lines SET rewire_since = NULL, rewire_by_sms = NULL
               WHERE supplier = $1 AND sms_url_hash = $2 AND rewire_since IS NOT NULL";
    tx.queue_any("order_lines", sql, [as_text(supplier).into(), sms_url_hash[..].into()]);
}

/// Up to `limit` numbers of the supplier after those digits, by number.
pub async fn list(
    tx: &mut ReadTx,
    supplier: SupplierName,
    after: &str,
    limit: u32,
) -> Result<Vec<NumberToRewire>, Error> {
    let sql = "SELECT number, id, rewire_since FROM order_lines
               WHERE supplier = $1 AND rewire_since IS NOT NULL AND number > $2 AND state IN ('stocked', 'unproven')
               ORDER BY number LIMIT $3";
    let arguments = [as_text(supplier).into(), after.into(), limit.into()];
    let rows = tx.fetch("order_lines", sql, arguments).await?;
    let number = |row: &Row| {
        Ok(NumberToRewire {
            number: row.get::<PhoneNumber>("number")?,
            line: row.get("id")?,
            since: row.get("rewire_since")?,
        })
    };
    rows.iter().map(number).collect()
}

/// How many there are, by supplier; those without any are missing.
pub async fn counts(tx: &mut ReadTx) -> Result<Vec<(SupplierName, u64)>, Error> {
    let sql = "SELECT supplier, count(*) AS numbers FROM order_lines
               WHERE rewire_since IS NOT NULL AND state IN ('stocked', 'unproven') GROUP BY supplier";
    let rows = tx.fetch("order_lines", sql, []).await?;
    rows.iter()
        .map(|row| Ok((row.get("supplier")?, row.get("numbers")?)))
        .collect()
}

/// Up to `limit` lines that SMS prove, which came through the gateway that is named after the supplier: unproven ones, and
/// those of these suppliers that are to be rewired and whose last SMS came with today's token.
pub async fn received(tx: &mut ReadTx, suppliers: &[SupplierName], limit: u32) -> Result<Vec<ReceivedProof>, Error> {
    let sql = "SELECT p.id, max(p.shows_address) = 1 AS shows_address
               FROM (SELECT l.id, 0 AS shows_address
                     FROM order_lines AS l JOIN gateways AS g ON g.name = l.supplier AND g.deleted_name IS NULL
                     WHERE l.state = 'unproven' AND l.gone_since IS NULL
                       AND EXISTS (SELECT 1 FROM messages AS m WHERE m.number = l.number AND m.gateway_id = g.id
                                     AND m.received_at >= l.state_since)
                     UNION ALL
                     SELECT l.id, 1
                     FROM order_lines AS l JOIN gateways AS g ON g.name = l.supplier AND g.deleted_name IS NULL
                     JOIN messages AS m ON m.id = (SELECT max(s.id) FROM messages AS s WHERE s.number = l.number)
                     WHERE l.supplier IN (SELECT atom FROM json_each($1))
                       AND l.rewire_since IS NOT NULL AND l.rewire_by_sms = 1 AND l.gone_since IS NULL
                       AND l.state IN ('stocked', 'unproven')
                       AND m.gateway_id = g.id AND m.with_current_token = 1 AND m.received_at >= l.rewire_since) AS p
               GROUP BY p.id ORDER BY p.id LIMIT $2";
    let suppliers: Vec<&str> = suppliers.iter().copied().map(as_text).collect();
    let rows = tx
        .fetch("order_lines", sql, [json(&suppliers).into(), limit.into()])
        .await?;
    let proof = |row: &Row| {
        Ok(ReceivedProof {
            line: row.get("id")?,
            shows_address: row.get("shows_address")?,
        })
    };
    rows.iter().map(proof).collect()
}
