//! Puts numbers that were bought into the inventory, with the hold that the state of their line requires (rules 15 and 16).

use super::place_numbers::{Placement, PlacementRequest};
use crate::domain::audit::Actor;
use crate::domain::audit::purchase::{AuditedPurchase, PurchaseEvent};
use crate::domain::country::CountryNames;
use crate::domain::inventory::{PoolKey, SlotChange};
use crate::domain::number::Hold;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::line::{LineState, OrderLine};
use crate::domain::purchase::order::PurchaseOrder;
use crate::domain::time::Timestamp;
use crate::storage::{Error, WriteTx, audit, gateways, numbers, order_lines};

/// A line as it was and as it will be.
pub(super) type LineChange = (OrderLine, OrderLine);

/// Where the number of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Placing {
    /// Not in the inventory.
    Outside,
    /// In it; `None`: it can be issued.
    Inside(Option<Hold>),
}

fn placing(line: &OrderLine) -> Placing {
    match line.state {
        LineState::Unproven => Placing::Inside(Some(Hold::Unproven)),
        LineState::Stocked if line.gone_since.is_some() => Placing::Inside(Some(Hold::Refused)),
        LineState::Stocked => Placing::Inside(None),
        LineState::GivingBack => Placing::Inside(Some(Hold::GivingBack)),
        LineState::GivenBack => Placing::Inside(Some(Hold::GivenBack)),
        LineState::Refused if line.is_ours => Placing::Inside(Some(Hold::Refused)),
        _ => Placing::Outside,
    }
}

/// Changes the inventory as the lines of that order require. A line whose number cannot be placed stays as it was until `later`,
/// with the reason.
pub(super) async fn stock(
    tx: &mut WriteTx,
    order: &PurchaseOrder,
    changes: &mut [LineChange],
    countries: &CountryNames,
    (now, later): (Timestamp, Timestamp),
) -> Result<(), Error> {
    let supplier: &str = order.terms.supplier.into();
    let gateway = gateways::named(tx, &[supplier]).await?.into_iter().next();
    let mut wanted = Vec::new();
    for (before, after) in changes.iter_mut() {
        if placing(before) != Placing::Outside || placing(after) == Placing::Outside {
            continue;
        }
        let request = after.number.and_then(|number| {
            let digits = number.digits();
            // A number that was not chosen may belong to another country than the order says.
            let ordered = order.terms.country.clone();
            let country = ordered.filter(|country| countries.contradiction(&digits, country).is_none());
            Some(PlacementRequest {
                number,
                key: PoolKey {
                    gateway: gateway.as_ref()?.1,
                    country: country.or_else(|| countries.of_number(&digits))?,
                    operator: order.terms.operator.clone(),
                },
                line: SlotChange::Keep,
            })
        });
        match request {
            Some(request) => wanted.push(request),
            None => {
                *after = before
                    .clone()
                    .postpone("no country or gateway is known for the number", later)
            }
        }
    }
    let mut placement = Placement::load(tx, &wanted, now).await?;
    for (before, after) in changes.iter_mut() {
        let request = wanted.iter().find(|request| Some(request.number) == after.number);
        if let (Placing::Inside(hold), Some(request)) = (placing(after), request)
            && let Err(refusal) = placement.put_bought(request, hold)
        {
            *after = before.clone().postpone(&refusal.to_string(), later);
        }
    }
    placement.save(tx, now);
    hold_known(tx, changes, now).await
}

/// Saves a change of one line, with what it means for the inventory and that event; the line as it is saved.
pub(super) async fn stock_line(
    tx: &mut WriteTx,
    order: &PurchaseOrder,
    change: LineChange,
    countries: &CountryNames,
    (actor, event, detail): (Actor, AuditedPurchase, Option<String>),
    now: Timestamp,
) -> Result<OrderLine, Error> {
    let mut changes = [change];
    stock(tx, order, &mut changes, countries, (now, now)).await?;
    let [(before, after)] = changes;
    order_lines::save(tx, &[(&before, &after)], now);
    let event = PurchaseEvent::of_line(actor, event, &after, detail);
    audit::write_purchases(tx, &[event], now);
    Ok(after)
}

/// Numbers that are in the inventory already stay where they are.
async fn hold_known(tx: &mut WriteTx, changes: &[LineChange], now: Timestamp) -> Result<(), Error> {
    let is_known =
        |(before, after): &&LineChange| placing(before) != Placing::Outside && placing(before) != placing(after);
    let known: Vec<PhoneNumber> = changes
        .iter()
        .filter(is_known)
        .filter_map(|(_, after)| after.number)
        .collect();
    if known.is_empty() {
        return Ok(());
    }
    let mut placement = Placement::of_known(tx, &known).await?;
    for (before, after) in changes.iter().filter(is_known) {
        let Some(number) = after.number else { continue };
        let enabled = before.kept.is_none_or(|kept| kept.enabled);
        match placing(after) {
            Placing::Inside(Some(hold)) => {
                let held = placement.hold(number, hold);
                held.expect("a number that is given back was held before, so nobody rents it");
            }
            Placing::Inside(None) => {
                placement.release(number, enabled);
            }
            Placing::Outside => {}
        }
    }
    placement.save(tx, now);
    Ok(())
}

/// Whether the number is in the inventory and enabled.
pub(super) async fn is_enabled(tx: &mut WriteTx, number: PhoneNumber) -> Result<bool, Error> {
    let known = numbers::load(tx, &[number]).await?;
    Ok(known.first().is_some_and(|number| number.enabled))
}
