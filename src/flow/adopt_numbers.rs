//! Numbers that are ours at a supplier already become lines of an order: their SMS are set up, then they are stocked.

use super::place_numbers::{Placement, PlacementRequest};
use super::place_order::insert_order;
use super::{Flows, StorageError};
use crate::domain::audit::Actor;
use crate::domain::audit::purchase::{AuditedPurchase, PurchaseEvent};
use crate::domain::country::CountryNames;
use crate::domain::inventory::{OPERATOR_UNKNOWN, PoolKey, SlotChange, parse_operator};
use crate::domain::number::Hold;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::ability::Ability;
use crate::domain::purchase::cost;
use crate::domain::purchase::line::OrderLine;
use crate::domain::purchase::order::{OrderTerms, OrderedNumbers};
use crate::domain::purchase::outcome::SuppliedNumber;
use crate::domain::purchase::owned::{AdoptionRefusal, adopt};
use crate::domain::purchase::placement::{OrderRefusal, check_gateway};
use crate::domain::purchase::policy::SupplierAccount;
use crate::domain::purchase::price::{Millionths, NumberPrice};
use crate::domain::purchase::{OrderId, SupplierName};
use crate::domain::time::Timestamp;
use crate::storage::order_lines::NewLine;
use crate::storage::{Error, WriteTx, audit, costs, gateways, numbers, order_lines};

/// Why numbers are not adopted. Then none of them is.
#[derive(Debug, thiserror::Error)]
pub enum AdoptNumbersError {
    /// Its section of the configuration is missing, or it has no such list.
    #[error("{0} is off, or does not offer a list of our numbers")]
    NotOffered(SupplierName),
    /// The gateway of its name has another kind.
    #[error(transparent)]
    Order(#[from] OrderRefusal),
    /// The number at that index of the request.
    #[error("numbers[{0}] {1}")]
    Refused(usize, AdoptionRefusal),
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Stores the order for these numbers, all of them or none. `listed`: the supplier's list of our numbers.
    pub async fn adopt_numbers(
        &self,
        supplier: SupplierName,
        wanted: Vec<PhoneNumber>,
        listed: &[SuppliedNumber],
        countries: &CountryNames,
    ) -> Result<OrderId, AdoptNumbersError> {
        let account = self.purchases.offering(supplier, Ability::Owned);
        let account = account.ok_or(AdoptNumbersError::NotOffered(supplier))?;
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let gateway = gateways::load(&mut tx, now, &supplier.to_string()).await?;
        check_gateway(supplier, account, gateway.map(|gateway| gateway.adapter.kind))?;
        let holding = order_lines::figures::holding(&mut tx, &wanted).await?;
        let known = numbers::load(&mut tx, &wanted).await?;
        let mut lines = Vec::with_capacity(wanted.len());
        for (index, number) in wanted.iter().enumerate() {
            let in_inventory = known.iter().find(|known| known.number == *number);
            let has_country = countries.of_number(&number.digits()).is_some();
            let has_line = holding.iter().any(|held| held.number == *number);
            let found = adopt(*number, listed, has_line, in_inventory, has_country);
            let found = found.map_err(|refusal| AdoptNumbersError::Refused(index, refusal))?;
            lines.push(adopted_line(found, account));
        }
        let terms = adopted_terms(supplier, wanted, account);
        let order = store(&mut tx, &terms, &lines, account, now).await?;
        let in_inventory: Vec<PhoneNumber> = known.iter().map(|known| known.number).collect();
        hold_imported(&mut tx, &terms, &in_inventory, countries, now).await?;
        self.commit_gateway_change(tx).await?;
        self.wakeups.orders.notify_one();
        Ok(order)
    }
}

/// Without a call that sets up its SMS, a number is issued only after one arrived (rule 15).
fn adopted_terms(supplier: SupplierName, numbers: Vec<PhoneNumber>, account: &SupplierAccount) -> OrderTerms {
    let operator = parse_operator(OPERATOR_UNKNOWN).expect("it is the name of an operator");
    let numbers = OrderedNumbers::Adopted { numbers };
    OrderTerms {
        prove: !account.can(Ability::Wire),
        ..OrderTerms::new(supplier, numbers, operator, NumberPrice::default())
    }
}

/// The setup was paid long ago.
fn adopted_line(found: &SuppliedNumber, account: &SupplierAccount) -> NewLine {
    let price = found.price.or(account.terms.fixed_price);
    NewLine {
        price: price.map(|price| NumberPrice {
            setup: Millionths::ZERO,
            ..price
        }),
        ..NewLine::ours(found)
    }
}

/// Numbers that are in the inventory move to the supplier's gateway at once, and are not issued while their SMS change their
/// way.
async fn hold_imported(
    tx: &mut WriteTx,
    terms: &OrderTerms,
    known: &[PhoneNumber],
    countries: &CountryNames,
    now: Timestamp,
) -> Result<(), AdoptNumbersError> {
    tx.flush().await?;
    let name = terms.supplier.to_string();
    let Some((_, gateway)) = gateways::named(tx, &[&name]).await?.into_iter().next() else {
        return Ok(());
    };
    let request = |number: &PhoneNumber| {
        Some(PlacementRequest {
            number: *number,
            key: PoolKey {
                gateway,
                country: countries.of_number(&number.digits())?,
                operator: terms.operator.clone(),
            },
            line: SlotChange::Keep,
        })
    };
    let wanted: Vec<PlacementRequest> = known.iter().filter_map(request).collect();
    let mut placement = Placement::load(tx, &wanted, now).await?;
    for request in &wanted {
        let index = terms
            .numbers
            .chosen()
            .iter()
            .position(|number| *number == request.number);
        let put = placement.put_bought(request, Some(Hold::Unproven));
        put.map_err(|_| AdoptNumbersError::Refused(index.unwrap_or_default(), AdoptionRefusal::Slot))?;
    }
    placement.save(tx, now);
    Ok(())
}

/// Stores the order, what its numbers cost, and their history.
async fn store(
    tx: &mut WriteTx,
    terms: &OrderTerms,
    lines: &[NewLine],
    account: &SupplierAccount,
    now: Timestamp,
) -> Result<OrderId, Error> {
    let (order, _) = insert_order(tx, terms, lines, account, now).await?;
    let stored = order_lines::of_order(tx, order).await?;
    let currency = account.terms.currency;
    let entries: Vec<_> = stored
        .iter()
        .flat_map(|line| cost::of_purchase(line, currency, now))
        .collect();
    costs::book(tx, &entries, now);
    let event = |line: &OrderLine| PurchaseEvent::of_line(Actor::Admin, AuditedPurchase::Adopted, line, None);
    audit::write_purchases(tx, &stored.iter().map(event).collect::<Vec<_>>(), now);
    Ok(order)
}
