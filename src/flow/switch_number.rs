//! The admin takes a number out of use, or puts it into use again. A rented one is disabled when its operation closes.

use crate::clock::Clock;
use crate::domain::phone::PhoneNumber;
use crate::storage::audit::{Actor, Deed};
use crate::storage::pools::Shifts;
use crate::storage::{Database, Error, audit, numbers, pools};

/// Whether there is such a number; if so, it is enabled or disabled now.
pub async fn switch_number(
    database: &Database,
    clock: &Clock,
    number: PhoneNumber,
    enabled: bool,
) -> Result<bool, Error> {
    let mut tx = database.write().await?;
    let Some(before) = numbers::load(&mut tx, &[number]).await?.pop() else {
        return Ok(false);
    };
    if before.enabled == enabled {
        return Ok(true);
    }
    let after = before.clone().switched(enabled);
    let mut shifts = Shifts::default();
    shifts.change(Some(&before), &after);
    let deed = Deed {
        actor: Actor::Admin,
        action: if enabled { "enabled" } else { "disabled" },
        operation: None,
        number: Some(number),
        detail: None,
    };
    numbers::save(&mut tx, &[after]);
    pools::rearrange(&mut tx, &shifts);
    audit::write(&mut tx, &[deed], clock.now());
    tx.commit().await?;
    Ok(true)
}
