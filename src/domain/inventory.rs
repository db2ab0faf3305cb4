//! How numbers come into the inventory: what a row of an import says, and what it changes.

use std::collections::HashMap;

use super::number::Number;
use super::phone::PhoneNumber;
use super::sms::Slot;
use super::stock::{GatewayId, PoolId};
use super::wire_name::{CountryName, OperatorName};

mod row;

pub use row::{ImportEntry, ImportRow, InvalidRow, OPERATOR_UNKNOWN, ROW_BYTES_MAX, parse_country, parse_operator};

/// Where a number belongs. Numbers of one place form one pool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PoolKey {
    /// Its gateway.
    pub gateway: GatewayId,
    /// Its country.
    pub country: CountryName,
    /// Its operator.
    pub operator: OperatorName,
}

/// What becomes of a number's line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SlotChange {
    /// It stays as it is, and goes along to another gateway.
    #[default]
    Keep,
    /// The number sits on this one.
    Put(Slot),
    /// The number has none any more.
    Remove,
}

/// What a row did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowEffect {
    /// The number is new.
    Added,
    /// The number moved to another pool.
    Updated,
    /// It was there already.
    Unchanged,
}

/// The numbers that an import names, while its rows are gone through one after another: a row sees what the rows
/// before it did.
#[derive(Debug)]
pub struct ImportPlan {
    before: HashMap<PhoneNumber, Number>,
    after: HashMap<PhoneNumber, Number>,
}

/// A number that an import leaves otherwise than it found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberChange {
    /// As it was; `None`: it is new.
    pub before: Option<Number>,
    /// As it is now.
    pub after: Number,
}

impl ImportPlan {
    /// Starts with those of the numbers that the inventory has.
    #[must_use]
    pub fn new(known: Vec<Number>) -> Self {
        let before: HashMap<_, _> = known.into_iter().map(|number| (number.number, number)).collect();
        Self {
            after: before.clone(),
            before,
        }
    }

    /// Puts a number into a pool. A rented number stays where it is; a number that is banned, disabled or
    /// resting stays so.
    pub fn put(&mut self, number: PhoneNumber, pool: PoolId) -> Result<RowEffect, InvalidRow> {
        match self.after.get_mut(&number) {
            None => {
                self.after.insert(number, Number::new(number, pool));
                Ok(RowEffect::Added)
            }
            Some(known) if known.pool == pool => Ok(RowEffect::Unchanged),
            Some(known) if known.operation.is_some() => Err(InvalidRow::Rented),
            Some(known) => {
                known.pool = pool;
                Ok(RowEffect::Updated)
            }
        }
    }

    /// Puts a known number into use, or takes it out of it. Returns whether that changed something.
    pub fn switch(&mut self, number: PhoneNumber, enabled: bool) -> bool {
        let known = self.after.get_mut(&number);
        known.is_some_and(|known| std::mem::replace(&mut known.enabled, enabled) != enabled)
    }

    /// What has to be saved, in the order of the numbers' texts.
    #[must_use]
    pub fn into_changes(mut self) -> Vec<NumberChange> {
        let mut placed: Vec<NumberChange> = self
            .after
            .into_values()
            .map(|after| NumberChange {
                before: self.before.remove(&after.number),
                after,
            })
            .filter(|placed| placed.before.as_ref() != Some(&placed.after))
            .collect();
        placed.sort_by_cached_key(|placed| placed.after.number.digits());
        placed
    }
}

/// The lines that an import names, and those of its numbers, while its rows are gone through one after another.
#[derive(Debug, Default)]
pub struct SlotAssignments {
    before: HashMap<PhoneNumber, (GatewayId, Slot)>,
    after: HashMap<PhoneNumber, (GatewayId, Slot)>,
    numbers: HashMap<(GatewayId, Slot), PhoneNumber>,
}

/// What an import does to lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SlotChanges {
    /// The numbers that leave their lines, in the order of their texts.
    pub removed: Vec<PhoneNumber>,
    /// Where numbers sit now, in the order of the numbers' texts.
    pub placed: Vec<(PhoneNumber, GatewayId, Slot)>,
}

impl SlotAssignments {
    /// Starts with the lines that are known.
    #[must_use]
    pub fn new(known: impl IntoIterator<Item = (PhoneNumber, GatewayId, Slot)>) -> Self {
        let mut wiring = Self::default();
        for (number, gateway, line) in known {
            wiring.numbers.insert((gateway, line.clone()), number);
            wiring.before.insert(number, (gateway, line));
        }
        wiring.after = wiring.before.clone();
        wiring
    }

    /// The line of a number after that change.
    fn line_after<'a>(&'a self, number: PhoneNumber, line: &'a SlotChange) -> Option<&'a Slot> {
        match line {
            SlotChange::Keep => self.after.get(&number).map(|(_, line)| line),
            SlotChange::Put(line) => Some(line),
            SlotChange::Remove => None,
        }
    }

    /// Whether a number can sit on that line of that gateway.
    pub fn check(&self, number: PhoneNumber, gateway: GatewayId, line: &SlotChange) -> Result<(), InvalidRow> {
        let line = self.line_after(number, line);
        let taken = line.and_then(|line| self.numbers.get(&(gateway, line.clone())));
        match taken {
            Some(other) if *other != number => Err(InvalidRow::LineTaken),
            _ => Ok(()),
        }
    }

    /// Puts a number, for which that was checked, on the line. Returns whether something changed.
    pub fn put(&mut self, number: PhoneNumber, gateway: GatewayId, line: &SlotChange) -> bool {
        let place = self.line_after(number, line).map(|line| (gateway, line.clone()));
        if self.after.get(&number) == place.as_ref() {
            return false;
        }
        if let Some(before) = self.after.remove(&number) {
            self.numbers.remove(&before);
        }
        if let Some(place) = place {
            self.numbers.insert(place.clone(), number);
            self.after.insert(number, place);
        }
        true
    }

    /// What has to be saved.
    #[must_use]
    pub fn into_changes(self) -> SlotChanges {
        let Self { before, after, .. } = self;
        let is_left = |(number, place): &(&PhoneNumber, _)| after.get(*number) != Some(*place);
        let mut rewired = SlotChanges {
            removed: before.iter().filter(is_left).map(|(number, _)| *number).collect(),
            placed: Vec::new(),
        };
        let is_new = |(number, place): &(PhoneNumber, _)| before.get(number) != Some(place);
        let placed = after.into_iter().filter(is_new);
        rewired
            .placed
            .extend(placed.map(|(number, (gateway, line))| (number, gateway, line)));
        rewired.removed.sort_by_cached_key(|number| number.digits());
        rewired.placed.sort_by_cached_key(|(number, ..)| number.digits());
        rewired
    }
}

#[cfg(test)]
mod tests;
