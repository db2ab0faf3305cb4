//! Concatenated SMS as they are read, one row for each part.

use std::collections::BTreeMap;

use crate::domain::assignment::Owner;
use crate::domain::concatenation::{ConcatKey, ConcatenatedSms, ConcatenatedSmsId};
use crate::domain::sms::Destination;
use crate::storage::driver::Row;
use crate::storage::error::Error;
use crate::storage::messages::slots;

/// The concatenated SMS of the rows. One that cannot be read is left out, so that it does not hold up the others.
pub(super) fn read(rows: &[Row]) -> Vec<ConcatenatedSms> {
    let id = |row: &Row| row.get::<ConcatenatedSmsId>("id").ok();
    let each = rows.chunk_by(|a, b| id(a) == id(b));
    each.filter_map(|rows| {
        one(rows)
            .inspect_err(|error| {
                let id = id(&rows[0]).map(|id| id.0);
                tracing::error!(concatenated_sms = id, %error, "a concatenated SMS cannot be read");
            })
            .ok()
    })
    .collect()
}

fn one(rows: &[Row]) -> Result<ConcatenatedSms, Error> {
    let mut sms = without_parts(&rows[0])?;
    for row in rows {
        sms.parts.insert(row.get("sequence")?, row.get("units")?);
    }
    Ok(sms)
}

fn owner(row: &Row) -> Result<Owner, Error> {
    match row.get("operation_id")? {
        Some(id) => Ok(Ok(id)),
        None => row.get("unassigned_reason").map(Err),
    }
}

fn without_parts(row: &Row) -> Result<ConcatenatedSms, Error> {
    Ok(ConcatenatedSms {
        id: row.get("id")?,
        key: ConcatKey {
            gateway: row.get("gateway_id")?,
            to: Destination::from_stored(row.text("number")?, slots(row)?).ok_or(row.corrupt("slots"))?,
            sender: row.get("sender")?,
            reference: row.get("reference")?,
            total: row.get("total")?,
        },
        owner: owner(row)?,
        sent_at: row.get("sent_at")?,
        received_at: row.get("received_at")?,
        started_at: row.get("started_at")?,
        closed_at: row.get("closed_at")?,
        parts: BTreeMap::new(),
    })
}
