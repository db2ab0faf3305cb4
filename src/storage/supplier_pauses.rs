//! Suppliers that are left alone, and the numbers that they refused to sell.

use std::collections::BTreeMap;

use super::driver::Row;
use super::error::Error;
use super::{ReadTx, WriteTx, as_text, json};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::pause::{Pause, SupplierPause};
use crate::domain::time::Timestamp;

/// What is known about the calls of each supplier; nothing is known of those that are missing.
pub async fn load(tx: &mut ReadTx) -> Result<BTreeMap<SupplierName, SupplierPause>, Error> {
    let sql = "SELECT supplier, failures, pauses, paused_until, reason FROM supplier_pauses";
    let rows = tx.fetch("supplier_pauses", sql, []).await?;
    rows.iter().map(read_pause).collect()
}

fn read_pause(row: &Row) -> Result<(SupplierName, SupplierPause), Error> {
    let (until, reason): (Option<Timestamp>, Option<String>) = (row.get("paused_until")?, row.get("reason")?);
    let pause = match (until, reason) {
        (Some(until), Some(reason)) => Pause::Until { until, reason },
        (None, Some(reason)) => Pause::UntilResumed { reason },
        (_, None) => Pause::None,
    };
    let (failures, pauses) = (row.get("failures")?, row.get("pauses")?);
    Ok((
        row.get("supplier")?,
        SupplierPause {
            failures,
            pauses,
            pause,
        },
    ))
}

/// Stores what is known now.
pub fn save(tx: &mut WriteTx, supplier: SupplierName, pause: &SupplierPause) {
    let sql = "INSERT INTO supplier_pauses (supplier, failures, pauses, paused_until, reason)
               VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (supplier) DO UPDATE SET failures = excluded.failures, pauses = excluded.pauses,
                   paused_until = excluded.paused_until, reason = excluded.reason";
    let (until, reason) = match &pause.pause {
        Pause::None => (None, None),
        Pause::Until { until, reason } => (Some(until.as_ms()), Some(reason.as_str())),
        Pause::UntilResumed { reason } => (None, Some(reason.as_str())),
    };
    let arguments = [
        as_text(supplier).into(),
        pause.failures.into(),
        pause.pauses.into(),
        until.into(),
        reason.into(),
    ];
    tx.queue("supplier_pauses", sql, 1, arguments);
}

/// Those of these numbers that the supplier refused to sell.
pub async fn refused(
    tx: &mut ReadTx,
    supplier: SupplierName,
    numbers: &[PhoneNumber],
) -> Result<Vec<PhoneNumber>, Error> {
    let digits: Vec<String> = numbers.iter().map(|number| number.digits()).collect();
    let sql = "SELECT u.number FROM json_each($1) AS c
               CROSS JOIN unavailable_numbers AS u WHERE u.supplier = $2 AND u.number = c.atom";
    let arguments = [json(&digits).into(), as_text(supplier).into()];
    let rows = tx.fetch("unavailable_numbers", sql, arguments).await?;
    rows.iter().map(|row| row.get("number")).collect()
}

/// The supplier refused to sell these numbers.
pub fn refuse(tx: &mut WriteTx, supplier: SupplierName, numbers: &[PhoneNumber], now: Timestamp) {
    let digits: Vec<String> = numbers.iter().map(|number| number.digits()).collect();
    let sql = "INSERT INTO unavailable_numbers (supplier, number, refused_at) SELECT $2, atom, $3 FROM json_each($1)
               WHERE true ON CONFLICT (supplier, number) DO UPDATE SET refused_at = excluded.refused_at";
    let arguments = [json(&digits).into(), as_text(supplier).into(), now.as_ms().into()];
    tx.queue("unavailable_numbers", sql, digits.len(), arguments);
}
