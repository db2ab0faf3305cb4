//! A number that was bought is given back to its supplier: it is taken off sale first, and the supplier is called when nobody
//! rents it (rule 16).

use super::stock_numbers::{is_enabled, stock_line};
use super::{Flows, StorageError};
use crate::domain::audit::Actor;
use crate::domain::audit::purchase::AuditedPurchase;
use crate::domain::country::CountryNames;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::ability::Ability;
use crate::domain::purchase::line::{LineState, OrderLine};
use crate::storage::{numbers, order_lines, orders};

/// Why a number is not given back.
#[derive(Debug, thiserror::Error)]
pub enum GiveBackError {
    /// It is in no list.
    #[error("there is no such number")]
    Unknown,
    /// No order bought it, or it is not ours any more.
    #[error("the number was not bought from a supplier, or it was given back")]
    NotBought,
    /// Nobody knows yet whether it receives SMS, or it is given back already.
    #[error("the number is {0}: it can be given back when it is stocked, unproven or refused")]
    Busy(LineState),
    /// Somebody rents it.
    #[error("the number is rented: give it back when it is free, with \"when_free\":true")]
    Rented,
    /// The API of its supplier has no such call, or the supplier is off.
    #[error("its supplier does not offer this, or is off")]
    NotOffered,
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Takes the number off sale and stores that it is to be given back. `when_free`: also while it is rented; the supplier is
    /// called after the rental.
    pub async fn give_back(
        &self,
        number: PhoneNumber,
        reason: &str,
        when_free: bool,
        countries: &CountryNames,
    ) -> Result<OrderLine, GiveBackError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let known = numbers::load(&mut tx, &[number]).await?.pop();
        let line = order_lines::of_number(&mut tx, number).await?;
        let before = match (line, &known) {
            (Some(line), _) => line,
            (None, Some(_)) => return Err(GiveBackError::NotBought),
            (None, None) => return Err(GiveBackError::Unknown),
        };
        if self.purchases.offering(before.supplier, Ability::GiveBack).is_none() {
            return Err(GiveBackError::NotOffered);
        }
        if !when_free && known.is_some_and(|number| number.operation.is_some()) {
            return Err(GiveBackError::Rented);
        }
        let enabled = is_enabled(&mut tx, number).await?;
        let after = before.clone().ask_back(reason, enabled, now);
        let after = after.map_err(|invalid| GiveBackError::Busy(invalid.from))?;
        let Some(order) = orders::load(&mut tx, before.order).await? else {
            return Err(GiveBackError::NotBought);
        };
        let event = (
            Actor::Admin,
            AuditedPurchase::GiveBackRequested,
            Some(reason.to_owned()),
        );
        let after = stock_line(&mut tx, &order, (before, after), countries, event, now).await?;
        tx.commit().await?;
        self.wakeups.orders.notify_one();
        Ok(after)
    }
}
