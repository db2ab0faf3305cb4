//! Long SMS as they come out of the database, one row for each part.

use std::collections::BTreeMap;

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use crate::domain::assignment::{Owner, UnassignedReason};
use crate::domain::concatenation::{ConcatKey, ConcatenatedSms, ConcatenatedSmsId};
use crate::domain::cut::{Cut, CutText, FirstHalf, SecondHalf};
use crate::domain::operation::OperationId;
use crate::domain::sms::{Destination, Slot};
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::storage::error::Error;

/// The long SMS of the rows. One that cannot be read is left alone, so that it does not hold up the others.
pub(super) fn read(rows: &[SqliteRow]) -> Vec<ConcatenatedSms> {
    let id = |row: &SqliteRow| ConcatenatedSmsId(row.get("id"));
    let each = rows.chunk_by(|a, b| id(a) == id(b));
    each.filter_map(|rows| {
        one(rows, id(&rows[0]))
            .inspect_err(|error| tracing::error!(long_sms = id(&rows[0]).0, %error, "a long SMS cannot be read"))
            .ok()
    })
    .collect()
}

fn one(rows: &[SqliteRow], id: ConcatenatedSmsId) -> Result<ConcatenatedSms, Error> {
    let mut long = long_sms(&rows[0], id)?;
    for row in rows {
        let sequence = row.get::<i64, _>("sequence");
        let sequence = u8::try_from(sequence).map_err(|_| corrupt_part("sequence"))?;
        let cut = Cut {
            before: half(row, "cut_before", SecondHalf::new)?,
            after: half(row, "cut_after", FirstHalf::new)?,
        };
        let text = row.get("text");
        long.parts.insert(sequence, CutText { text, cut });
    }
    Ok(long)
}

/// The half of a character in that column, if there is one.
fn half<T>(row: &SqliteRow, column: &'static str, half: impl Fn(u16) -> Option<T>) -> Result<Option<T>, Error> {
    let unit = row.get::<Option<i64>, _>(column);
    let read = |unit| half(u16::try_from(unit).ok()?);
    unit.map(|unit| read(unit).ok_or_else(|| corrupt_part(column)))
        .transpose()
}

const fn corrupt_part(column: &'static str) -> Error {
    Error::Corrupt {
        table: "message_parts",
        column,
    }
}

fn owner(row: &SqliteRow) -> Option<Owner> {
    match row.get::<Option<i64>, _>("operation_id") {
        Some(id) => OperationId::new(id).map(Ok),
        None => UnassignedReason::parse(row.get::<Option<&str>, _>("unassigned_reason")?).map(Err),
    }
}

fn slots(row: &SqliteRow) -> Result<Vec<Slot>, Error> {
    let corrupt = || Error::Corrupt {
        table: "concatenated_messages",
        column: "slots",
    };
    let names = row.get::<Option<&str>, _>("slots").unwrap_or("[]");
    let names: Vec<String> = serde_json::from_str(names).map_err(|_| corrupt())?;
    names
        .into_iter()
        .map(|name| Slot::parse(&name).map_err(|_| corrupt()))
        .collect()
}

fn long_sms(row: &SqliteRow, id: ConcatenatedSmsId) -> Result<ConcatenatedSms, Error> {
    let corrupt = |column| Error::Corrupt {
        table: "concatenated_messages",
        column,
    };
    let moment = |column: &str| row.get::<Option<i64>, _>(column).map(Timestamp::from_ms);
    Ok(ConcatenatedSms {
        id,
        common: ConcatKey {
            gateway: GatewayId(row.get("gateway_id")),
            to: Destination::from_stored(row.get("number"), slots(row)?).ok_or(corrupt("slots"))?,
            sender: row.get("sender"),
            reference: u16::try_from(row.get::<i64, _>("reference")).map_err(|_| corrupt("reference"))?,
            total: u8::try_from(row.get::<i64, _>("total")).map_err(|_| corrupt("total"))?,
        },
        owner: owner(row).ok_or_else(|| corrupt("unassigned_reason"))?,
        sent_at: moment("sent_at"),
        received_at: Timestamp::from_ms(row.get("received_at")),
        started_at: Timestamp::from_ms(row.get("started_at")),
        closed_at: moment("closed_at"),
        parts: BTreeMap::new(),
    })
}
