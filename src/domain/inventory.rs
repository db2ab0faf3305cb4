//! The import of numbers: what a row contains, and what it changes.

use std::collections::HashMap;

use super::number::{Hold, Number};
use super::phone::PhoneNumber;
use super::sms::Slot;
use super::stock::{GatewayId, PoolId};
use super::time::Timestamp;
use super::wire_name::{CountryName, OperatorName};

mod row;

pub use row::{ImportEntry, ImportRow, InvalidRow, OPERATOR_UNKNOWN, ROW_BYTES_MAX, parse_country, parse_operator};

/// What identifies a pool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PoolKey {
    /// Its gateway.
    pub gateway: GatewayId,
    /// Its country.
    pub country: CountryName,
    /// Its operator.
    pub operator: OperatorName,
}

/// A change of a number's line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum SlotChange {
    /// The number keeps its line, also when it moves to another gateway.
    #[default]
    Keep,
    /// The number is assigned to this line.
    Put(Slot),
    /// The number has no line any more.
    Remove,
}

/// What a row did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowEffect {
    /// The number is new.
    Added,
    /// The number moved to another pool.
    Updated,
    /// The number was there already.
    Unchanged,
}

/// The numbers of an import, before and after the rows that were applied so far.
#[derive(Debug)]
pub struct ImportPlan {
    before: HashMap<PhoneNumber, Number>,
    after: HashMap<PhoneNumber, Number>,
    /// Until when new numbers rest.
    new_rest_until: Option<Timestamp>,
}

/// A number that an import changes.
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
            new_rest_until: None,
        }
    }

    /// New numbers rest until then: after a restore, somebody may have rented them since the backup.
    #[must_use]
    pub fn with_new_resting_until(self, until: Option<Timestamp>) -> Self {
        Self {
            new_rest_until: until,
            ..self
        }
    }

    fn new_number(&self, number: PhoneNumber, pool: PoolId) -> Number {
        Number {
            rests_until: self.new_rest_until,
            ..Number::new(number, pool)
        }
    }

    /// Puts a number into a pool. A rented number cannot move, nor one that is being given back; a banned, disabled, resting
    /// or held one stays so. One that was given back is refused: it is not ours (rule 16).
    pub fn put(&mut self, number: PhoneNumber, pool: PoolId) -> Result<RowEffect, InvalidRow> {
        let Some(known) = self.after.get_mut(&number) else {
            let new = self.new_number(number, pool);
            self.after.insert(number, new);
            return Ok(RowEffect::Added);
        };
        match known.hold {
            Some(Hold::GivenBack) => Err(InvalidRow::Held(Hold::GivenBack)),
            _ if known.pool == pool => Ok(RowEffect::Unchanged),
            _ if known.operation.is_some() => Err(InvalidRow::Rented),
            Some(hold) if !hold.allows_move() => Err(InvalidRow::Held(hold)),
            _ => {
                known.pool = pool;
                Ok(RowEffect::Updated)
            }
        }
    }

    /// Enables or disables a known number. Returns whether that changed something. A held number cannot be enabled (rule 15).
    pub fn set_enabled(&mut self, number: PhoneNumber, enabled: bool) -> Result<bool, InvalidRow> {
        let Some(known) = self.after.get_mut(&number) else {
            return Ok(false);
        };
        match known.hold {
            Some(hold) if enabled => Err(InvalidRow::Held(hold)),
            _ => Ok(std::mem::replace(&mut known.enabled, enabled) != enabled),
        }
    }

    /// Puts a number that was bought into a pool, also one that was given back before. With a hold it is not issued yet;
    /// without one it is, unless the admin disabled it. A rented number cannot move.
    pub fn put_bought(&mut self, number: PhoneNumber, pool: PoolId, hold: Option<Hold>) -> Result<(), InvalidRow> {
        let known = self.after.remove(&number);
        let number = known.unwrap_or_else(|| self.new_number(number, pool));
        let (is_held, is_rented) = (number.hold.is_some(), number.operation.is_some());
        if is_rented && number.pool != pool {
            self.after.insert(number.number, number);
            return Err(InvalidRow::Rented);
        }
        let number = Number { pool, ..number };
        let number = match hold {
            Some(hold) => number.held(hold),
            None if is_held => number.without_hold(true),
            None => number,
        };
        self.after.insert(number.number, number);
        Ok(())
    }

    /// Holds a known number. Returns whether that changed something. A rented one is not given back (rule 16).
    pub fn hold(&mut self, number: PhoneNumber, hold: Hold) -> Result<bool, InvalidRow> {
        match self.after.get_mut(&number) {
            Some(known) if known.operation.is_some() && hold == Hold::GivenBack => Err(InvalidRow::Rented),
            Some(known) if known.hold != Some(hold) => {
                *known = known.clone().held(hold);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Ends the hold of a known number, and enables it or leaves it disabled. Returns whether something held it.
    pub fn release(&mut self, number: PhoneNumber, enabled: bool) -> bool {
        match self.after.get_mut(&number) {
            Some(known) if known.hold.is_some() => {
                *known = known.clone().without_hold(enabled);
                true
            }
            _ => false,
        }
    }

    /// What has to be saved, in the order of the numbers' texts.
    #[must_use]
    pub fn into_changes(mut self) -> Vec<NumberChange> {
        let mut changes: Vec<NumberChange> = self
            .after
            .into_values()
            .map(|after| NumberChange {
                before: self.before.remove(&after.number),
                after,
            })
            .filter(|change| change.before.as_ref() != Some(&change.after))
            .collect();
        changes.sort_by_cached_key(|change| change.after.number.digits());
        changes
    }
}

/// The lines of an import and those of its numbers, before and after the rows that were applied so far.
#[derive(Debug, Default)]
pub struct SlotAssignments {
    before: HashMap<PhoneNumber, (GatewayId, Slot)>,
    after: HashMap<PhoneNumber, (GatewayId, Slot)>,
    numbers: HashMap<(GatewayId, Slot), PhoneNumber>,
}

/// The lines that an import changes.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct SlotChanges {
    /// The numbers that leave their lines, in the order of their texts.
    pub removed: Vec<PhoneNumber>,
    /// The new lines of numbers, in the order of the numbers' texts.
    pub placed: Vec<(PhoneNumber, GatewayId, Slot)>,
}

impl SlotAssignments {
    /// Starts with the assignments that are stored.
    #[must_use]
    pub fn new(known: impl IntoIterator<Item = (PhoneNumber, GatewayId, Slot)>) -> Self {
        let mut assignments = Self::default();
        for (number, gateway, line) in known {
            assignments.numbers.insert((gateway, line.clone()), number);
            assignments.before.insert(number, (gateway, line));
        }
        assignments.after = assignments.before.clone();
        assignments
    }

    /// The line of a number after that change.
    fn line_after<'a>(&'a self, number: PhoneNumber, line: &'a SlotChange) -> Option<&'a Slot> {
        match line {
            SlotChange::Keep => self.after.get(&number).map(|(_, line)| line),
            SlotChange::Put(line) => Some(line),
            SlotChange::Remove => None,
        }
    }

    /// Whether a number can be assigned to that line of that gateway.
    pub fn check(&self, number: PhoneNumber, gateway: GatewayId, line: &SlotChange) -> Result<(), InvalidRow> {
        let line = self.line_after(number, line);
        let number_of_line = line.and_then(|line| self.numbers.get(&(gateway, line.clone())));
        match number_of_line {
            Some(other) if *other != number => Err(InvalidRow::LineTaken),
            _ => Ok(()),
        }
    }

    /// Assigns a number, for which that was checked, to the line. Returns whether something changed.
    pub fn put(&mut self, number: PhoneNumber, gateway: GatewayId, line: &SlotChange) -> bool {
        let slot = self.line_after(number, line).map(|line| (gateway, line.clone()));
        if self.after.get(&number) == slot.as_ref() {
            return false;
        }
        if let Some(before) = self.after.remove(&number) {
            self.numbers.remove(&before);
        }
        if let Some(slot) = slot {
            self.numbers.insert(slot.clone(), number);
            self.after.insert(number, slot);
        }
        true
    }

    /// What has to be saved.
    #[must_use]
    pub fn into_changes(self) -> SlotChanges {
        let Self { before, after, .. } = self;
        let is_left = |(number, slot): &(&PhoneNumber, _)| after.get(*number) != Some(*slot);
        let mut changes = SlotChanges {
            removed: before.iter().filter(is_left).map(|(number, _)| *number).collect(),
            placed: Vec::new(),
        };
        let is_new = |(number, slot): &(PhoneNumber, _)| before.get(number) != Some(slot);
        let placed = after.into_iter().filter(is_new);
        changes
            .placed
            .extend(placed.map(|(number, (gateway, line))| (number, gateway, line)));
        changes.removed.sort_by_cached_key(|number| number.digits());
        changes.placed.sort_by_cached_key(|(number, ..)| number.digits());
        changes
    }
}

#[cfg(test)]
mod tests;
