//! A number that was given back is to be ours again, where its supplier offers that (Multitel v3). It is ordered like any other:
//! stored first, called at most once, and on the bill.

use super::place_order::{PlaceOrderError, PlacedOrder};
use super::{Flows, StorageError};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::ability::Ability;
use crate::domain::purchase::order::{OrderTerms, OrderedNumbers};
use crate::storage::{order_lines, orders};

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
    pub async fn restore_number(&self, number: PhoneNumber) -> Result<PlacedOrder, RestoreNumberError> {
        let mut tx = self.database.read().await?;
        let line = order_lines::given_back(&mut tx, number).await?;
        let line = line.ok_or(RestoreNumberError::NotGivenBack)?;
        let order = orders::load(&mut tx, line.order).await?;
        let order = order.ok_or(RestoreNumberError::NotGivenBack)?;
        drop(tx);
        let account = self.purchases.accounts.get(&line.supplier);
        if !account.is_some_and(|account| account.can(Ability::Restore)) {
            return Err(RestoreNumberError::NotOffered);
        }
        let terms = OrderTerms {
            reference: None,
            numbers: OrderedNumbers::Restored { numbers: vec![number] },
            highest: line.price.unwrap_or(line.highest),
            options: Vec::new(),
            ..order.terms
        };
        self.place_order(terms).await.map_err(RestoreNumberError::Order)
    }
}
