//! The admin takes a number out of use, or puts it into use again, and says on which line of its gateway it sits. A rented
//! one is disabled when its operation closes.

use crate::clock::Clock;
use crate::domain::phone::PhoneNumber;
use crate::domain::sms::Line;
use crate::storage::audit::{Actor, Deed};
use crate::storage::lines::Placed;
use crate::storage::pools::Shifts;
use crate::storage::{Database, Error, WriteTx, audit, lines, numbers, pools};

/// What is to change. `None`: stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberChange {
    /// Whether it is in use.
    pub enabled: Option<bool>,
    /// Its line; `Some(None)`: it has none any more.
    pub line: Option<Option<Line>>,
}

/// Why a number was not changed.
#[derive(Debug, thiserror::Error)]
pub enum NotChanged {
    /// It is not in the inventory.
    #[error("the number is not in the inventory")]
    Unknown,
    /// The line is another number's.
    #[error("line: another number of the gateway has it")]
    LineTaken,
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(#[from] Error),
}

/// Changes the number.
pub async fn change_number(
    database: &Database,
    clock: &Clock,
    number: PhoneNumber,
    change: NumberChange,
) -> Result<(), NotChanged> {
    let mut tx = database.write().await?;
    let before = numbers::load(&mut tx, &[number])
        .await?
        .pop()
        .ok_or(NotChanged::Unknown)?;
    let mut deeds = Vec::new();
    let deed = |action| Deed {
        actor: Actor::Admin,
        action,
        operation: None,
        number: Some(number),
        detail: None,
    };
    if let Some(line) = change.line
        && put_on_line(&mut tx, number, line).await?
    {
        deeds.push(deed("line changed"));
    }
    if let Some(enabled) = change.enabled.filter(|enabled| *enabled != before.enabled) {
        deeds.push(deed(if enabled { "enabled" } else { "disabled" }));
        let after = before.clone().switched(enabled);
        let mut shifts = Shifts::default();
        shifts.change(Some(&before), &after);
        numbers::save(&mut tx, &[after]);
        pools::rearrange(&mut tx, &shifts);
    }
    if deeds.is_empty() {
        tx.rollback().await?;
        return Ok(());
    }
    audit::write(&mut tx, &deeds, clock.now());
    tx.commit().await?;
    Ok(())
}

/// Whether that changes anything.
async fn put_on_line(tx: &mut WriteTx, number: PhoneNumber, line: Option<Line>) -> Result<bool, NotChanged> {
    let before = lines::of_numbers(tx, &[number]).await?.pop();
    if before.as_ref().map(|placed| &placed.line) == line.as_ref() {
        return Ok(false);
    }
    let gateway = lines::gateway_of(tx, number).await?.ok_or(NotChanged::Unknown)?;
    if let Some(line) = &line
        && !lines::at(tx, &[(gateway, line)]).await?.is_empty()
    {
        return Err(NotChanged::LineTaken);
    }
    if before.is_some() {
        lines::remove(tx, &[number]);
    }
    let placed = line.map(|line| Placed { gateway, line, number });
    lines::insert(tx, &placed.into_iter().collect::<Vec<_>>());
    Ok(true)
}
