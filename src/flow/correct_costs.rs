//! Numbers whose price was not known when they were booked get the one of the supplier's list, and their costs a correction.

use std::collections::HashMap;

use super::{Flows, StorageError};
use crate::domain::audit::Actor;
use crate::domain::audit::purchase::{AuditedPurchase, PurchaseEvent};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::cost::correction::{BookedCosts, PricedLine, price_line};
use crate::domain::purchase::outcome::SuppliedNumber;
use crate::domain::purchase::price::{Currency, NumberPrice};
use crate::domain::purchase::{LineId, SupplierName};
use crate::storage::{costs, order_lines};

/// The most lines that one transaction changes.
const BATCH_MAX: usize = 50;

type Prices = HashMap<PhoneNumber, NumberPrice>;

impl Flows {
    /// Takes the prices of a supplier's list of our numbers.
    pub(super) async fn correct_costs(
        &self,
        supplier: SupplierName,
        listed: &[SuppliedNumber],
    ) -> Result<(), StorageError> {
        let Some(account) = self.purchases.accounts.get(&supplier) else {
            return Ok(());
        };
        let prices: Prices = listed.iter().filter_map(|one| Some((one.number, one.price?))).collect();
        let mut tx = self.database.read_for_admin().await?;
        let mut unpriced = order_lines::figures::unpriced(&mut tx, supplier).await?;
        drop(tx);
        unpriced.retain(|(_, number)| prices.contains_key(number));
        let lines: Vec<LineId> = unpriced.iter().map(|(line, _)| *line).collect();
        for some in lines.chunks(BATCH_MAX) {
            self.correct(some, &prices, account.terms.currency).await?;
        }
        Ok(())
    }

    async fn correct(&self, lines: &[LineId], prices: &Prices, currency: Currency) -> Result<(), StorageError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let booked = costs::booked(&mut tx, lines).await?;
        let mut changes = Vec::new();
        for line in lines {
            let Some(before) = order_lines::load(&mut tx, *line).await? else {
                continue;
            };
            let price = before.number.and_then(|number| prices.get(&number));
            let of_line: Vec<BookedCosts> = booked.iter().filter(|one| one.line == *line).copied().collect();
            let priced = price.and_then(|price| price_line(before.clone(), *price, &of_line, currency, now));
            changes.extend(priced.map(|priced| (before, priced)));
        }
        let saved: Vec<_> = changes.iter().map(|(before, after)| (before, &after.line)).collect();
        order_lines::save(&mut tx, &saved, now);
        let corrections: Vec<_> = changes.iter().filter_map(|(_, after)| after.correction).collect();
        costs::book(&mut tx, &corrections, now);
        let events: Vec<_> = changes.iter().map(|(_, after)| event(after)).collect();
        crate::storage::audit::write_purchases(&mut tx, &events, now);
        tx.commit().await?;
        let deviating = changes
            .iter()
            .filter(|(before, after)| before.deviation != after.line.deviation);
        deviating.for_each(|(_, after)| self.troubles.bought(&after.line));
        Ok(())
    }
}

fn event(priced: &PricedLine) -> PurchaseEvent {
    let correction = priced.correction.map(|entry| {
        let (amount, currency) = (entry.amount, entry.currency);
        format!("costs corrected by {amount} {currency}")
    });
    PurchaseEvent::of_line(Actor::Server, AuditedPurchase::Priced, &priced.line, correction)
}
