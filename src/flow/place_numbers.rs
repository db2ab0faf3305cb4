//! Puts numbers into pools and on lines, for an import, a purchase or a change by the admin, and holds numbers that were bought.
//! The caller commits.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::domain::inventory::{
    ImportPlan, InvalidRow, NumberChange, PoolKey, RowEffect, SlotAssignments, SlotChange, SlotChanges,
};
use crate::domain::number::{Hold, Number};
use crate::domain::phone::PhoneNumber;
use crate::domain::sms::Slot;
use crate::domain::stock::delta::StockDelta;
use crate::domain::stock::{GatewayId, PoolId};
use crate::domain::time::Timestamp;
use crate::storage::{Error, WriteTx, numbers, pools, restores, slots};

/// Where a number is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlacementRequest {
    pub(super) number: PhoneNumber,
    pub(super) key: PoolKey,
    pub(super) line: SlotChange,
}

/// The numbers, pools and lines that are named, as they are stored and as they are to be.
pub(super) struct Placement {
    pools: HashMap<PoolKey, PoolId>,
    plan: ImportPlan,
    slots: SlotAssignments,
    /// Until when numbers that are new here rest.
    new_rest_until: Option<Timestamp>,
}

/// What was saved.
pub(super) struct SavedPlacement {
    pub(super) added: usize,
    pub(super) moved: usize,
    pub(super) assigned_lines: usize,
    pub(super) lines_changed: bool,
}

impl Placement {
    /// Loads what is needed to place these numbers at `now`. Missing pools are added.
    pub(super) async fn load(tx: &mut WriteTx, wanted: &[PlacementRequest], now: Timestamp) -> Result<Self, Error> {
        // Sorted, so that the same import adds pools in the same order.
        let keys: BTreeSet<&PoolKey> = wanted.iter().map(|one| &one.key).collect();
        let keys: Vec<PoolKey> = keys.into_iter().cloned().collect();
        let pools = pools::ensure(tx, &keys).await?.into_iter().collect();
        let known: HashSet<PhoneNumber> = wanted.iter().map(|one| one.number).collect();
        let known = numbers::load(tx, &known.into_iter().collect::<Vec<_>>()).await?;
        let slots = load_slots(tx, &known, wanted).await?;
        let restore = restores::last(tx).await?;
        let new_rest_until = restore.and_then(|restore| restore.rest_of_new_numbers(now));
        Ok(Self {
            pools,
            plan: ImportPlan::new(known).with_new_resting_until(new_rest_until),
            slots,
            new_rest_until,
        })
    }

    /// Loads known numbers that are to be held or released, and stay where they are.
    pub(super) async fn of_known(tx: &mut WriteTx, known: &[PhoneNumber]) -> Result<Self, Error> {
        Ok(Self {
            pools: HashMap::new(),
            plan: ImportPlan::new(numbers::load(tx, known).await?),
            slots: SlotAssignments::default(),
            new_rest_until: None,
        })
    }

    /// Puts a number into its pool and on its line, or leaves it as it was.
    pub(super) fn put(&mut self, wanted: &PlacementRequest) -> Result<RowEffect, InvalidRow> {
        let PlacementRequest { number, key, line } = wanted;
        let pool = self.pool(wanted)?;
        let effect = self.plan.put(*number, pool)?;
        let slot_changed = self.slots.put(*number, key.gateway, line);
        Ok(if slot_changed && effect == RowEffect::Unchanged {
            RowEffect::Updated
        } else {
            effect
        })
    }

    /// The pool in which that number is to be, after its line was checked.
    fn pool(&self, wanted: &PlacementRequest) -> Result<PoolId, InvalidRow> {
        let pool = *self.pools.get(&wanted.key).ok_or(InvalidRow::GatewayUnknown)?;
        self.slots.check(wanted.number, wanted.key.gateway, &wanted.line)?;
        Ok(pool)
    }

    /// Puts a number that was bought into its pool, with that hold or none: see [`ImportPlan::put_bought`].
    pub(super) fn put_bought(&mut self, wanted: &PlacementRequest, hold: Option<Hold>) -> Result<(), InvalidRow> {
        let pool = self.pool(wanted)?;
        self.plan.put_bought(wanted.number, pool, hold)?;
        self.slots.put(wanted.number, wanted.key.gateway, &wanted.line);
        Ok(())
    }

    /// Enables or disables a known number: see [`ImportPlan::set_enabled`].
    pub(super) fn set_enabled(&mut self, number: PhoneNumber, enabled: bool) -> Result<bool, InvalidRow> {
        self.plan.set_enabled(number, enabled)
    }

    /// Holds a known number: see [`ImportPlan::hold`].
    pub(super) fn hold(&mut self, number: PhoneNumber, hold: Hold) -> Result<bool, InvalidRow> {
        self.plan.hold(number, hold)
    }

    /// Ends the hold of a known number: see [`ImportPlan::release`].
    pub(super) fn release(&mut self, number: PhoneNumber, enabled: bool) -> bool {
        self.plan.release(number, enabled)
    }

    /// Saves the numbers and their lines, and removes pools that have no number any more. `None`: there is nothing to save.
    pub(super) fn save(self, tx: &mut WriteTx, now: Timestamp) -> Option<SavedPlacement> {
        let (placed, slot_changes) = (self.plan.into_changes(), self.slots.into_changes());
        let mut pools: HashSet<PoolId> = self.pools.into_values().collect();
        if placed.is_empty() && slot_changes == SlotChanges::default() {
            // The caller may have something else to commit.
            pools::remove_empty(tx, &pools.into_iter().collect::<Vec<_>>());
            return None;
        }
        let mut delta = StockDelta::default();
        let (mut added, mut moved, mut changed) = (Vec::new(), Vec::new(), Vec::new());
        let (mut held, mut released) = (Vec::new(), Vec::new());
        for NumberChange { before, after } in placed {
            delta.change(before.as_ref(), &after);
            if before.as_ref().and_then(|before| before.hold) != after.hold {
                let changed = if after.hold.is_some() { &mut held } else { &mut released };
                changed.push(after.clone());
            }
            let Some(before) = before else {
                added.push((after.number, after.pool));
                continue;
            };
            if before.pool != after.pool {
                moved.push((after.number, after.pool));
                pools.insert(before.pool);
            }
            if before.enabled != after.enabled {
                changed.push(after);
            }
        }
        // Before numbers move: a line is removed from the gateway that its number leaves.
        slots::remove(tx, &slot_changes.removed);
        numbers::insert(tx, &added, self.new_rest_until, now);
        numbers::relocate(tx, &moved);
        // Before they are enabled; and those that are held, once they are not available any more.
        numbers::save_holds(tx, &released);
        numbers::save(tx, &changed);
        let saved = SavedPlacement {
            added: added.len(),
            moved: moved.len(),
            assigned_lines: slot_changes.placed.len(),
            lines_changed: slot_changes != SlotChanges::default(),
        };
        slots::insert(
            tx,
            &slot_changes.placed.into_iter().map(assigned_slot).collect::<Vec<_>>(),
        );
        pools::apply(tx, &delta);
        numbers::save_holds(tx, &held);
        pools::remove_empty(tx, &pools.into_iter().collect::<Vec<_>>());
        Some(saved)
    }
}

fn assigned_slot((number, gateway, line): (PhoneNumber, GatewayId, Slot)) -> slots::AssignedSlot {
    slots::AssignedSlot { gateway, line, number }
}

/// The lines of the numbers, and the numbers that now have the lines that these are to get.
async fn load_slots(tx: &mut WriteTx, known: &[Number], wanted: &[PlacementRequest]) -> Result<SlotAssignments, Error> {
    let numbers: Vec<PhoneNumber> = known.iter().map(|number| number.number).collect();
    let mut placed = slots::of_numbers(tx, &numbers).await?;
    // A number that keeps its line keeps the stored one, or the one that an earlier row gave it.
    let mut named: HashMap<PhoneNumber, BTreeSet<&Slot>> = HashMap::new();
    let given = wanted.iter().filter_map(|one| match &one.line {
        SlotChange::Put(line) => Some((one.number, line)),
        SlotChange::Keep | SlotChange::Remove => None,
    });
    for (number, line) in placed.iter().map(|one| (one.number, &one.line)).chain(given) {
        named.entry(number).or_default().insert(line);
    }
    let places: BTreeSet<(GatewayId, &Slot)> = wanted
        .iter()
        .filter_map(|one| {
            let slots = match &one.line {
                SlotChange::Put(line) => BTreeSet::from([line]),
                SlotChange::Keep => named.get(&one.number)?.clone(),
                SlotChange::Remove => return None,
            };
            Some((one.key.gateway, slots))
        })
        .flat_map(|(gateway, slots)| slots.into_iter().map(move |line| (gateway, line)))
        .collect();
    if !places.is_empty() {
        let taken = slots::by_slot(tx, &places.into_iter().collect::<Vec<_>>()).await?;
        placed.extend(taken);
    }
    Ok(SlotAssignments::new(
        placed.into_iter().map(|one| (one.number, one.gateway, one.line)),
    ))
}

#[cfg(test)]
mod tests;
