//! Rules by which the server orders numbers by itself, and the orders that they place.

use super::place_order::{load_facts, store_order};
use super::{Flows, StorageError};
use crate::domain::audit::{Actor, AuditEvent, AuditedChange};
use crate::domain::country::CountryNames;
use crate::domain::inventory::{OPERATOR_UNKNOWN, parse_operator};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::ability::Ability;
use crate::domain::purchase::line::LineState;
use crate::domain::purchase::order::{OrderState, OrderTerms};
use crate::domain::purchase::placement::{OrderPlacement, place};
use crate::domain::purchase::restock::{RestockFacts, RestockRule, StoredRestockRule, next_at};
use crate::domain::time::Timestamp;
use crate::domain::wire_name::CountryName;
use crate::storage::{Error, ReadTx, WriteTx, audit, order_lines, orders, restock_rules, supplier_pauses};

/// Why a rule is not stored.
#[derive(Debug, thiserror::Error)]
pub enum SetRestockError {
    /// Its section of the configuration is missing.
    #[error("{0} is off: the configuration has no section for it")]
    SupplierOff(SupplierName),
    /// Numbers have to be searched for.
    #[error("{0} does not offer to search for numbers: nothing can be ordered from it by itself")]
    SearchNotOffered(SupplierName),
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Stores a rule, in place of the one for the same supplier and country.
    pub async fn set_restock_rule(&self, rule: &RestockRule) -> Result<(), SetRestockError> {
        let supplier = rule.supplier;
        let account = self.purchases.accounts.get(&supplier);
        let account = account.ok_or(SetRestockError::SupplierOff(supplier))?;
        if !account.can(Ability::Search) {
            return Err(SetRestockError::SearchNotOffered(supplier));
        }
        let mut tx = self.database.write().await?;
        restock_rules::save(&mut tx, rule);
        let detail = format!(
            "{supplier} {}: below {} up to {}, at most {} at once for {} each month, {}",
            rule.country,
            rule.floor,
            rule.target,
            rule.batch_max,
            rule.monthly_max,
            if rule.enabled { "enabled" } else { "disabled" }
        );
        write_event(&mut tx, AuditedChange::RestockRuleSet, detail, self.clock.now());
        Ok(tx.commit().await?)
    }

    /// The rule for that supplier and country; and when it orders again, while it pauses after an order that failed.
    pub async fn find_restock_rule(
        &self,
        supplier: SupplierName,
        country: &CountryName,
    ) -> Result<Option<(StoredRestockRule, Option<Timestamp>)>, StorageError> {
        let mut tx = self.database.read_for_admin().await?;
        let Some(stored) = restock_rules::find(&mut tx, supplier, country).await? else {
            return Ok(None);
        };
        let next_at = next_at(last_order(&mut tx, &stored).await?);
        let next_at = next_at.filter(|next_at| *next_at > self.clock.now());
        Ok(Some((stored, next_at)))
    }

    /// Deletes a rule; false when there is none. Its order goes on.
    pub async fn delete_restock_rule(
        &self,
        supplier: SupplierName,
        country: &CountryName,
    ) -> Result<bool, StorageError> {
        let mut tx = self.database.write().await?;
        if restock_rules::find(&mut tx, supplier, country).await?.is_none() {
            return Ok(false);
        }
        restock_rules::delete(&mut tx, supplier, country);
        let detail = format!("{supplier} {country}");
        write_event(&mut tx, AuditedChange::RestockRuleDeleted, detail, self.clock.now());
        tx.commit().await?;
        Ok(true)
    }

    /// Places the orders that the rules require now.
    pub async fn restock(&self, countries: &CountryNames) -> Result<(), StorageError> {
        if self.purchases.accounts.is_empty() {
            return Ok(());
        }
        // Almost always nothing is to be ordered: the writer is not asked then.
        let mut tx = self.database.read().await?;
        let mut due = Vec::new();
        for stored in restock_rules::all(&mut tx).await? {
            if self.wanted(&mut tx, &stored, countries).await? > 0 {
                due.push(stored.rule);
            }
        }
        drop(tx);
        for rule in due {
            self.place_restock_order(&rule, countries).await?;
        }
        Ok(())
    }

    /// How many numbers the rule orders now.
    async fn wanted(
        &self,
        tx: &mut ReadTx,
        stored: &StoredRestockRule,
        countries: &CountryNames,
    ) -> Result<u32, Error> {
        let (rule, now) = (&stored.rule, self.clock.now());
        let pauses = supplier_pauses::load(tx).await?;
        let is_paused = pauses.get(&rule.supplier).is_some_and(|pause| pause.is_paused(now));
        if is_paused || !self.purchases.accounts.contains_key(&rule.supplier) {
            return Ok(0);
        }
        let (available, live) = restock_rules::stock(tx, rule.supplier, &rule.country).await?;
        let others = restock_rules::live_without_country(tx, rule.supplier).await?;
        let is_of_country =
            |number: &&PhoneNumber| countries.of_number(&number.digits()).as_ref() == Some(&rule.country);
        let live = live + others.iter().filter(is_of_country).map(|_| 1).sum::<u64>();
        let facts = RestockFacts {
            available,
            live,
            last: last_order(tx, stored).await?,
        };
        Ok(rule.quantity(&facts, now))
    }

    async fn place_restock_order(&self, rule: &RestockRule, countries: &CountryNames) -> Result<(), StorageError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let Some(stored) = restock_rules::find(&mut tx, rule.supplier, &rule.country).await? else {
            return Ok(());
        };
        let quantity = self.wanted(&mut tx, &stored, countries).await?;
        let Some(terms) = restock_terms(&stored.rule, quantity, countries) else {
            return Ok(());
        };
        let facts = load_facts(&mut tx, &self.purchases, &terms, now).await?;
        let account = self.purchases.accounts.get(&rule.supplier);
        let (terms, account) = match (place(terms, facts), account) {
            (Ok(OrderPlacement::New(terms)), Some(account)) => (terms, account),
            (Err(refusal), _) => {
                tracing::warn!(supplier = %rule.supplier, country = %rule.country, %refusal, "nothing is ordered");
                return Ok(());
            }
            (Ok(_), _) => return Ok(()),
        };
        let order = store_order(&mut tx, &terms, account, Actor::Server, now).await?;
        restock_rules::set_order(&mut tx, &stored.rule, order);
        self.commit_gateway_change(tx).await?;
        self.wakeups.orders.notify_one();
        Ok(())
    }
}

/// Where the last order of a rule stands, and when it was placed.
async fn last_order(tx: &mut ReadTx, stored: &StoredRestockRule) -> Result<Option<(OrderState, Timestamp)>, Error> {
    let Some(order) = stored.order else { return Ok(None) };
    let lines = order_lines::of_order(tx, order).await?;
    let states: Vec<LineState> = lines.iter().map(|line| line.state).collect();
    let placed = orders::load(tx, order).await?;
    Ok(placed.map(|order| (OrderState::of(&states), order.created_at)))
}

/// `None`: nothing is to be ordered, or no calling code belongs to the country any more.
fn restock_terms(rule: &RestockRule, quantity: u32, countries: &CountryNames) -> Option<OrderTerms> {
    if quantity == 0 {
        return None;
    }
    let prefix = countries.prefix(&rule.country, rule.prefix.as_deref()).ok()?;
    let operator = parse_operator(OPERATOR_UNKNOWN).ok()?;
    Some(rule.order(quantity, prefix, operator))
}

fn write_event(tx: &mut WriteTx, change: AuditedChange, detail: String, now: Timestamp) {
    let event = AuditEvent {
        actor: Actor::Admin,
        kind: change.into(),
        operation: None,
        number: None,
        detail: Some(detail),
    };
    audit::write(tx, &[event], now);
}
