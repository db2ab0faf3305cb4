//! The SMS of operations: finds the open operation of a number, and counts what it receives.

use serde::Serialize;

use crate::domain::assignment::{OpenOperation, OwnNumber, SmsHour};
use crate::domain::operation::OperationId;
use crate::domain::phone::PhoneNumber;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::storage::driver::{Read, Sql, statement};
use crate::storage::error::Error;
use crate::storage::{WriteTx, json};

/// Those of these numbers that are in the inventory, with their open operations (rule 8). Each number is given with the
/// earliest time at which one of its SMS was sent, if known: the previous operation is read only if that was before the
/// opening.
#[must_use]
pub fn open_on(numbers: impl IntoIterator<Item = (PhoneNumber, Option<Timestamp>)>) -> Read<Vec<OwnNumber>> {
    #[derive(Serialize)]
    struct NumberRow {
        number: String,
        sent_at: Option<i64>,
    }
    let row = |(number, sent_at): (PhoneNumber, Option<Timestamp>)| NumberRow {
        number: number.digits(),
        sent_at: sent_at.map(Timestamp::as_ms),
    };
    let numbers: Vec<NumberRow> = numbers.into_iter().map(row).collect();
    macro_rules! open_on {
        ($begin:literal, $end:literal) => {
            concat!(
                "SELECT ",
                $begin,
                "n.number, p.gateway_id, o.id, o.opened_at, o.sms_hour_began_at, o.sms_in_hour,
                 CASE WHEN CAST(k.value ->> 'sent_at' AS BIGINT) < o.opened_at
                      THEN (SELECT c.closed_at FROM operations AS c WHERE c.number = n.number AND c.closed_at IS NOT NULL
                            ORDER BY c.id DESC LIMIT 1) END",
                $end,
                " AS numbers FROM jsonb_each($1) AS k CROSS JOIN numbers AS n JOIN pools AS p ON p.id = n.pool_id
                  LEFT JOIN operations AS o ON o.number = n.number AND o.closed_at IS NULL
                  WHERE n.number = k.value ->> 'number'"
            )
        };
    }
    let sql = Sql {
        sqlite: open_on!("json_group_array(json_array(", "))"),
        postgres: open_on!("CAST(coalesce(json_agg(json_build_array(", ")), '[]') AS TEXT)"),
    };
    Read {
        statement: statement("operations", sql, [json(&numbers).into()]),
        parse: |value| {
            value
                .json::<Vec<OwnRow<'_>>>("operations")?
                .into_iter()
                .map(own_number)
                .collect()
        },
    }
}

/// Number, gateway; operation, when it was opened, when its current hour began, how many SMS it received in it, and when
/// the previous operation was closed.
type OwnRow<'a> = (
    &'a str,
    i64,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Option<u32>,
    Option<i64>,
);

fn own_number((number, gateway, id, opened_at, began_at, count, previous): OwnRow<'_>) -> Result<OwnNumber, Error> {
    let corrupt = |column| Error::Corrupt {
        table: "operations",
        column,
    };
    let open = |(id, opened_at)| -> Result<OpenOperation, Error> {
        Ok(OpenOperation {
            id: OperationId::new(id).ok_or(corrupt("id"))?,
            opened_at: Timestamp::from_ms(opened_at),
            previous_closed_at: previous.map(Timestamp::from_ms),
            hour: began_at
                .map(Timestamp::from_ms)
                .zip(count)
                .map(|(began_at, count)| SmsHour { began_at, count }),
        })
    };
    Ok(OwnNumber {
        number: number.parse().map_err(|_| corrupt("number"))?,
        gateway: GatewayId(gateway),
        open: id.zip(opened_at).map(open).transpose()?,
    })
}

/// Changes how many messages count as an SMS of their operations; each operation at most once in the list.
pub fn add_sms(tx: &mut WriteTx, counts: &[(OperationId, i64)]) {
    #[derive(Serialize)]
    struct CountRow {
        id: i64,
        sms: i64,
    }
    let rows = counts.iter().map(|(id, sms)| CountRow {
        id: id.as_i64(),
        sms: *sms,
    });
    let rows: Vec<CountRow> = rows.collect();
    let sql = "UPDATE operations SET sms_count = sms_count + CAST(c.value ->> 'sms' AS BIGINT)
               FROM jsonb_each($1) AS c WHERE operations.id = CAST(c.value ->> 'id' AS BIGINT)";
    tx.queue("operations", sql, rows.len(), [json(&rows).into()]);
}

/// What an operation received: see [`count_received`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReceivedCount {
    /// How many new messages, withheld ones included.
    pub messages: i64,
    /// How many of them count as an SMS.
    pub sms: i64,
    /// Its current hour, if that changes.
    pub hour: Option<SmsHour>,
}

/// Counts what operations received; each of them at most once in the list.
pub fn count_received<'a>(tx: &mut WriteTx, received: impl IntoIterator<Item = (&'a OperationId, &'a ReceivedCount)>) {
    #[derive(Serialize)]
    struct ReceivedRow {
        id: i64,
        messages: i64,
        sms: i64,
        hour_began_at: Option<i64>,
        in_hour: Option<u32>,
    }
    let row = |(id, received): (&OperationId, &ReceivedCount)| ReceivedRow {
        id: id.as_i64(),
        messages: received.messages,
        sms: received.sms,
        hour_began_at: received.hour.map(|hour| hour.began_at.as_ms()),
        in_hour: received.hour.map(|hour| hour.count),
    };
    let rows: Vec<ReceivedRow> = received.into_iter().map(row).collect();
    let sql = "UPDATE operations SET sms_count = sms_count + CAST(c.value ->> 'sms' AS BIGINT),
                                     message_count = message_count + CAST(c.value ->> 'messages' AS BIGINT),
                                     sms_hour_began_at = coalesce(CAST(c.value ->> 'hour_began_at' AS BIGINT),
                                                                  sms_hour_began_at),
                                     sms_in_hour = coalesce(CAST(c.value ->> 'in_hour' AS BIGINT), sms_in_hour)
               FROM jsonb_each($1) AS c WHERE operations.id = CAST(c.value ->> 'id' AS BIGINT)";
    tx.queue("operations", sql, rows.len(), [json(&rows).into()]);
}
