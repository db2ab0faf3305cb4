//! A number that was given back is to be ours again, where its supplier offers that (Multitel v3). It is ordered like any other:
//! stored first, called at most once, and on the bill.

use super::place_order::{PlaceOrderError, PlacedOrder};
use super::{Flows, StorageError};
use crate::domain::audit::Actor;
use crate::domain::audit::purchase::{AuditedPurchase, PurchaseEvent};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::ability::Ability;
use crate::domain::purchase::line::OrderLine;
use crate::domain::purchase::order::{OrderTerms, OrderedNumbers};
use crate::storage::{audit, order_lines, orders};

/// Why a number is not restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreNumberError {
    /// No order's number with these digits was given back.
    #[error("no number with these digits was given back to a supplier")]
    NotGivenBack,
    /// The API of its supplier has no such call, or the supplier is off.
    #[error("its supplier does not offer this, or is off")]
    NotOffered,
    /// It must not be ordered.
    #[error(transparent)]
    Order(PlaceOrderError),
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Orders the number under the terms under which it was bought.
    pub async fn restore_number(
        &self,
        number: PhoneNumber,
        reason: Option<&str>,
    ) -> Result<PlacedOrder, RestoreNumberError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let line = order_lines::given_back(&mut tx, number).await?;
        let line = line.ok_or(RestoreNumberError::NotGivenBack)?;
        let order = orders::load(&mut tx, line.order).await?;
        let order = order.ok_or(RestoreNumberError::NotGivenBack)?;
        if self.purchases.offering(line.supplier, Ability::Restore).is_none() {
            return Err(RestoreNumberError::NotOffered);
        }
        let terms = OrderTerms {
            reference: None,
            numbers: OrderedNumbers::Restored { numbers: vec![number] },
            highest: line.price.unwrap_or(line.highest),
            options: Vec::new(),
            ..order.terms
        };
        let placed = self.place_within(&mut tx, terms, now).await;
        let placed = placed.map_err(RestoreNumberError::Order)?;
        let lines = order_lines::of_order(&mut tx, placed.order).await?;
        let (change, detail) = (AuditedPurchase::RestoreRequested, reason.map(str::to_owned));
        let event = |line: &OrderLine| PurchaseEvent::of_line(Actor::Admin, change, line, detail.clone());
        audit::write_purchases(&mut tx, &lines.iter().map(event).collect::<Vec<_>>(), now);
        self.commit_gateway_change(tx).await?;
        self.wakeups.orders.notify_one();
        Ok(placed)
    }
}
