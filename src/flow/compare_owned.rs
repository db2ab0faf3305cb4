//! Compares a supplier's list of our numbers with the stock, once a day: a number that is gone from it is not issued any more.

use std::time::Duration;

use super::place_numbers::Placement;
use super::{Flows, StorageError};
use crate::domain::audit::Actor;
use crate::domain::audit::purchase::{AuditedPurchase, PurchaseEvent};
use crate::domain::number::Hold;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::ability::Ability;
use crate::domain::purchase::line::LineState;
use crate::domain::purchase::line::calls::health_of;
use crate::domain::purchase::outcome::{CallResult, SuppliedNumber};
use crate::domain::purchase::owned::{ChangedListing, ListedOwned};
use crate::domain::purchase::{LineId, SupplierName};
use crate::domain::time::Timestamp;
use crate::storage::owned_numbers::{self, OwnedList};
use crate::storage::{Error, WriteTx, audit, supplier_pauses};

/// How often a list is compared.
const INTERVAL: Duration = Duration::from_secs(86_400);
/// The most lines that one transaction changes.
const BATCH_MAX: u32 = 200;

impl Flows {
    /// The suppliers whose list is to be compared now: they offer one, and are not paused.
    pub async fn comparisons_due(&self) -> Result<Vec<SupplierName>, StorageError> {
        let now = self.clock.now();
        let mut tx = self.database.read().await?;
        let compared = owned_numbers::compared_at(&mut tx).await?;
        let pauses = supplier_pauses::load(&mut tx).await?;
        let is_due = |supplier: SupplierName| {
            let last = compared.iter().find(|(compared, _)| *compared == supplier);
            let is_paused = pauses.get(&supplier).is_some_and(|pause| pause.is_paused(now));
            !is_paused && last.is_none_or(|(_, at)| now.since(*at) >= INTERVAL)
        };
        let accounts = self.purchases.accounts.iter();
        let with_list = accounts.filter(|(_, account)| account.can(Ability::Owned));
        Ok(with_list
            .map(|(supplier, _)| *supplier)
            .filter(|supplier| is_due(*supplier))
            .collect())
    }

    /// Notes what a call that concerns no line shows about the supplier: it may be paused.
    pub async fn note_supplier_call<T: Sync>(
        &self,
        supplier: SupplierName,
        answer: &CallResult<T>,
    ) -> Result<(), StorageError> {
        let mut tx = self.database.write().await?;
        self.note_call(&mut tx, supplier, health_of(answer), self.clock.now())
            .await?;
        Ok(tx.commit().await?)
    }

    /// Compares the list that the supplier was asked for at `asked_at`. Numbers that became ours since then are left alone.
    pub async fn compare_owned(
        &self,
        supplier: SupplierName,
        listed: &[SuppliedNumber],
        asked_at: Timestamp,
    ) -> Result<(), StorageError> {
        self.correct_costs(supplier, listed).await?;
        let listed = OwnedList::new(listed.iter().map(|listed| listed.number));
        let mut after = LineId(0);
        loop {
            // The list can be long: it is not read while the database is locked for writing.
            let mut tx = self.database.read_for_admin().await?;
            let changed = owned_numbers::changed(&mut tx, supplier, &listed, asked_at, (after, BATCH_MAX)).await?;
            drop(tx);
            let Some(last) = changed.last() else { break };
            after = last.line;
            let mut tx = self.database.write().await?;
            let changed = owned_numbers::unchanged(&mut tx, &changed).await?;
            tracing::warn!(%supplier, numbers = changed.len(), "the supplier's list of our numbers has changed");
            apply(&mut tx, &changed, self.clock.now()).await?;
            tx.commit().await?;
        }
        let mut tx = self.database.read_for_admin().await?;
        let differences = owned_numbers::differences(&mut tx, supplier, &listed).await?;
        drop(tx);
        let mut tx = self.database.write().await?;
        owned_numbers::note_comparison(&mut tx, supplier, differences, self.clock.now());
        Ok(tx.commit().await?)
    }

    /// Up to `limit` numbers after those digits that are on the supplier's list, or ours here.
    pub async fn list_owned(
        &self,
        supplier: SupplierName,
        listed: &[SuppliedNumber],
        after: &str,
        limit: u32,
    ) -> Result<Vec<ListedOwned>, StorageError> {
        let listed = OwnedList::new(listed.iter().map(|listed| listed.number));
        let mut tx = self.database.read_for_admin().await?;
        Ok(owned_numbers::list(&mut tx, supplier, &listed, after, limit).await?)
    }
}

/// Holds what is gone, and releases what is back. An unproven number is held anyway.
async fn apply(tx: &mut WriteTx, changed: &[ChangedListing], now: Timestamp) -> Result<(), Error> {
    let stocked = || changed.iter().filter(|one| one.state == LineState::Stocked);
    let numbers: Vec<PhoneNumber> = stocked().map(|one| one.number).collect();
    let disabled = disabled_numbers(tx, &numbers).await?;
    let ids = |is_chosen: &dyn Fn(&ChangedListing) -> bool| -> Vec<LineId> {
        let lines = changed.iter().filter(|one| is_chosen(one));
        lines.map(|one| one.line).collect()
    };
    // What the partner disabled is not enabled when it is back.
    let enabled = ids(&|one| one.is_gone && !disabled.contains(&one.number));
    owned_numbers::mark_gone(tx, &enabled, true, now);
    let disabled = ids(&|one| one.is_gone && disabled.contains(&one.number));
    owned_numbers::mark_gone(tx, &disabled, false, now);
    owned_numbers::mark_listed(tx, &ids(&|one| !one.is_gone));
    let mut placement = Placement::of_known(tx, &numbers).await?;
    for one in stocked() {
        if one.is_gone {
            let held = placement.hold(one.number, Hold::Refused);
            held.expect("only what is given back must not be rented");
        } else {
            placement.release(one.number, one.was_enabled);
        }
    }
    placement.save(tx, now);
    let event = |one: &ChangedListing| PurchaseEvent {
        actor: Actor::Server,
        change: match one.is_gone {
            true => AuditedPurchase::Gone,
            false => AuditedPurchase::ListedAgain,
        },
        line: one.line,
        number: Some(one.number),
        detail: None,
    };
    audit::write_purchases(tx, &changed.iter().map(event).collect::<Vec<_>>(), now);
    Ok(())
}

async fn disabled_numbers(tx: &mut WriteTx, numbers: &[PhoneNumber]) -> Result<Vec<PhoneNumber>, Error> {
    let known = crate::storage::numbers::load(tx, numbers).await?.into_iter();
    let disabled = known.filter(|number| !number.enabled);
    Ok(disabled.map(|number| number.number).collect())
}
