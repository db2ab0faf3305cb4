//! The admin takes a number off sale for a time. A rented one keeps its operation and is off sale afterwards.

use std::time::Duration;

use tokio::sync::Notify;

use crate::clock::Clock;
use crate::domain::number::{Ban, Number};
use crate::domain::phone::PhoneNumber;
use crate::storage::audit::{Actor, AuditEvent};
use crate::storage::pools::StockDelta;
use crate::storage::{Database, Error, audit, numbers, pools};

/// Bans the number from now on for `span`, whatever ban it had, and rings `bell` for whoever lifts bans. `None`: there is
/// no such number.
pub async fn ban_number(
    database: &Database,
    clock: &Clock,
    bell: &Notify,
    number: PhoneNumber,
    span: Duration,
    reason: &str,
) -> Result<Option<Number>, Error> {
    let mut tx = database.write().await?;
    let now = clock.now();
    let Some(before) = numbers::load(&mut tx, &[number]).await?.pop() else {
        return Ok(None);
    };
    let after = before.clone().banned(Ban {
        until: now + span,
        reason: reason.to_owned(),
    });
    let mut shifts = StockDelta::default();
    shifts.change(Some(&before), &after);
    let deed = AuditEvent {
        actor: Actor::Admin,
        action: "banned",
        operation: None,
        number: Some(number),
        detail: Some(reason.to_owned()),
    };
    numbers::save(&mut tx, std::slice::from_ref(&after));
    pools::apply(&mut tx, &shifts);
    audit::write(&mut tx, &[deed], now);
    tx.commit().await?;
    bell.notify_one();
    Ok(Some(after))
}
