//! The partner orders numbers from a wholesaler. Nothing is called here: the order is stored, and a worker buys (rule 13).

use std::collections::HashSet;

use super::supplier_gateway::ensure_gateway;
use super::{Flows, StorageError};
use crate::domain::audit::Actor;
use crate::domain::audit::purchase::{AuditedPurchase, PurchaseEvent};
use crate::domain::number::NumberState;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::order::OrderTerms;
use crate::domain::purchase::outcome::Offer;
use crate::domain::purchase::placement::{OrderPlacement, OrderRefusal, PlacementFacts, place};
use crate::domain::purchase::policy::{PurchasePolicy, SupplierAccount};
use crate::domain::purchase::{LineId, OrderId, SupplierName};
use crate::domain::time::Timestamp;
use crate::storage::order_lines::{self, NewLine};
use crate::storage::{Error, ReadTx, WriteTx, audit, gateways, numbers, orders, supplier_pauses};

/// An order that was placed, now or before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlacedOrder {
    /// Its id.
    pub order: OrderId,
    /// False: it was placed before, with the same reference and content.
    pub is_new: bool,
}

/// Why an order was not placed.
#[derive(Debug, thiserror::Error)]
pub enum PlaceOrderError {
    /// It must not be.
    #[error(transparent)]
    Refused(#[from] OrderRefusal),
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Places an order. The same terms under the same reference are the same order.
    pub async fn place_order(&self, terms: OrderTerms) -> Result<PlacedOrder, PlaceOrderError> {
        let mut tx = self.database.write().await?;
        let placed = self.place_within(&mut tx, terms, self.clock.now()).await?;
        if placed.is_new {
            self.commit_gateway_change(tx).await?;
            self.wakeups.orders.notify_one();
        }
        Ok(placed)
    }

    /// The same, in a transaction that the caller commits as a change of gateways.
    pub(super) async fn place_within(
        &self,
        tx: &mut WriteTx,
        terms: OrderTerms,
        now: Timestamp,
    ) -> Result<PlacedOrder, PlaceOrderError> {
        let account = self.purchases.accounts.get(&terms.supplier);
        let facts = load_facts(tx, &self.purchases, &terms, now).await?;
        let (terms, account) = match (place(terms, facts)?, account) {
            (OrderPlacement::Known(order), _) => return Ok(PlacedOrder { order, is_new: false }),
            (OrderPlacement::New(terms), Some(account)) => (terms, account),
            (OrderPlacement::New(terms), None) => return Err(OrderRefusal::SupplierOff(terms.supplier).into()),
        };
        let order = store_order(tx, &terms, account, Actor::Admin, now).await?;
        Ok(PlacedOrder { order, is_new: true })
    }
}

/// What decides whether an order is placed.
pub(super) async fn load_facts<'a>(
    tx: &mut ReadTx,
    policy: &'a PurchasePolicy,
    terms: &OrderTerms,
    now: Timestamp,
) -> Result<PlacementFacts<'a>, Error> {
    let same_reference = match &terms.reference {
        Some(reference) => orders::by_reference(tx, reference).await?,
        None => None,
    };
    let taken = taken(tx, terms.numbers.chosen()).await?;
    let gateway = gateways::load(tx, now, &terms.supplier.to_string()).await?;
    Ok(PlacementFacts {
        account: policy.accounts.get(&terms.supplier),
        same_reference,
        taken,
        gateway_kind: gateway.map(|gateway| gateway.adapter.kind),
    })
}

/// Those of the numbers that a purchase would pay for twice. One that was given back can be bought again.
pub(super) async fn taken(tx: &mut ReadTx, wanted: &[PhoneNumber]) -> Result<Vec<PhoneNumber>, Error> {
    let lines = order_lines::figures::holding(tx, wanted).await?.into_iter();
    let known = numbers::load(tx, wanted).await?.into_iter();
    let held = known.filter(|number| number.state() != NumberState::GivenBack);
    Ok(lines
        .map(|held| held.number)
        .chain(held.map(|number| number.number))
        .collect())
}

/// The numbers of these offers that may be bought: the supplier did not refuse to sell them before.
pub(super) async fn free_offers(
    tx: &mut ReadTx,
    supplier: SupplierName,
    offers: &[Offer],
) -> Result<HashSet<PhoneNumber>, Error> {
    let mut free: HashSet<PhoneNumber> = offers.iter().map(|offer| offer.number).collect();
    let found: Vec<PhoneNumber> = free.iter().copied().collect();
    let refused = supplier_pauses::refused(tx, supplier, &found).await?;
    for number in taken(tx, &found).await?.iter().chain(&refused) {
        free.remove(number);
    }
    Ok(free)
}

/// Stores an order with its lines, and makes the supplier's gateway. The caller commits it as a change of gateways.
pub(super) async fn store_order(
    tx: &mut WriteTx,
    terms: &OrderTerms,
    account: &SupplierAccount,
    actor: Actor,
    now: Timestamp,
) -> Result<OrderId, Error> {
    let lines: Vec<NewLine> = terms.planned_lines().into_iter().map(NewLine::from).collect();
    let (order, ids) = insert_order(tx, terms, &lines, account, now).await?;
    let event = |line| PurchaseEvent {
        actor,
        change: AuditedPurchase::Ordered,
        line,
        number: None,
        detail: Some(format!("{} numbers from {}", ids.len(), terms.supplier)),
    };
    let events: Vec<PurchaseEvent> = ids.first().copied().map(event).into_iter().collect();
    audit::write_purchases(tx, &events, now);
    Ok(order)
}

/// Stores an order with these lines, and makes the supplier's gateway.
pub(super) async fn insert_order(
    tx: &mut WriteTx,
    terms: &OrderTerms,
    lines: &[NewLine],
    account: &SupplierAccount,
    now: Timestamp,
) -> Result<(OrderId, Vec<LineId>), Error> {
    ensure_gateway(tx, terms.supplier, account, now).await?;
    let order = orders::insert(tx, terms, now).await?;
    let lines = order_lines::insert(tx, order, terms, lines, now).await?;
    Ok((order, lines))
}
