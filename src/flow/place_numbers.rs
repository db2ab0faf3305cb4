//! Numbers are put into pools and on lines: by an import, many at a time, or by the admin, one. Nothing commits here.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::domain::inventory::{Effect, Intake, LineChange, Place, Placed, Rejection, Rewired, Wiring};
use crate::domain::number::Number;
use crate::domain::phone::PhoneNumber;
use crate::domain::sms::Line;
use crate::domain::stock::{GatewayId, PoolId};
use crate::domain::time::Timestamp;
use crate::storage::pools::Shifts;
use crate::storage::{Error, WriteTx, lines, numbers, pools};

/// Where a number is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) number: PhoneNumber,
    pub(super) place: Place,
    pub(super) line: LineChange,
}

/// What the database knows of the numbers, pools and lines that are named, and what is to become of them.
pub(super) struct Placing {
    pools: HashMap<Place, PoolId>,
    intake: Intake,
    wiring: Wiring,
}

/// What was saved.
pub(super) struct Saved {
    pub(super) added: usize,
    pub(super) moved: usize,
    pub(super) put_on_lines: usize,
    pub(super) lines_changed: bool,
}

impl Placing {
    /// Loads what is needed to place these numbers. Pools that are missing are made.
    pub(super) async fn load(tx: &mut WriteTx, wanted: &[Wanted]) -> Result<Self, Error> {
        // In their order, so that the same import makes the same pools.
        let places: BTreeSet<&Place> = wanted.iter().map(|one| &one.place).collect();
        let places: Vec<Place> = places.into_iter().cloned().collect();
        let pools = pools::ensure(tx, &places).await?.into_iter().collect();
        let known: HashSet<PhoneNumber> = wanted.iter().map(|one| one.number).collect();
        let known = numbers::load(tx, &known.into_iter().collect::<Vec<_>>()).await?;
        let wiring = wiring_of(tx, &known, wanted).await?;
        Ok(Self {
            pools,
            intake: Intake::new(known),
            wiring,
        })
    }

    /// Puts a number into its pool and on its line, or leaves it as it was.
    pub(super) fn put(&mut self, wanted: &Wanted) -> Result<Effect, Rejection> {
        let Wanted { number, place, line } = wanted;
        let pool = *self.pools.get(place).ok_or(Rejection::GatewayUnknown)?;
        self.wiring.check(*number, place.gateway, line)?;
        let effect = self.intake.put(*number, pool)?;
        let is_rewired = self.wiring.put(*number, place.gateway, line);
        Ok(if is_rewired && effect == Effect::Unchanged {
            Effect::Updated
        } else {
            effect
        })
    }

    /// Puts a known number into use, or takes it out of it. Returns whether that changed something.
    pub(super) fn switch(&mut self, number: PhoneNumber, enabled: bool) -> bool {
        self.intake.switch(number, enabled)
    }

    /// Saves the numbers and their lines; those on sale are available in the pool where they are now. Pools that have no
    /// number any more are removed. `None`: there is nothing to save.
    pub(super) fn save(self, tx: &mut WriteTx, now: Timestamp) -> Option<Saved> {
        let (placed, rewired) = (self.intake.placed(), self.wiring.rewired());
        if placed.is_empty() && rewired == Rewired::default() {
            return None;
        }
        let mut pools: HashSet<PoolId> = self.pools.into_values().collect();
        let mut shifts = Shifts::default();
        let (mut fresh, mut moved, mut changed) = (Vec::new(), Vec::new(), Vec::new());
        for Placed { before, after } in placed {
            shifts.change(before.as_ref(), &after);
            let Some(before) = before else {
                fresh.push((after.number, after.pool));
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
        // A line does not stay at a gateway that its number leaves.
        lines::remove(tx, &rewired.removed);
        numbers::insert(tx, &fresh, now);
        numbers::relocate(tx, &moved);
        numbers::save(tx, &changed);
        let saved = Saved {
            added: fresh.len(),
            moved: moved.len(),
            put_on_lines: rewired.placed.len(),
            lines_changed: rewired != Rewired::default(),
        };
        lines::insert(tx, &rewired.placed.into_iter().map(line).collect::<Vec<_>>());
        pools::rearrange(tx, &shifts);
        pools::remove_empty(tx, &pools.into_iter().collect::<Vec<_>>());
        Some(saved)
    }
}

fn line((number, gateway, line): (PhoneNumber, GatewayId, Line)) -> lines::Placed {
    lines::Placed { gateway, line, number }
}

/// The lines of the numbers, and whoever sits on the lines that they are to have.
async fn wiring_of(tx: &mut WriteTx, known: &[Number], wanted: &[Wanted]) -> Result<Wiring, Error> {
    let numbers: Vec<PhoneNumber> = known.iter().map(|number| number.number).collect();
    let mut placed = lines::of_numbers(tx, &numbers).await?;
    // A number that keeps its line keeps the one that it has by then: the stored one, or one that a row before gave it.
    let mut named: HashMap<PhoneNumber, BTreeSet<&Line>> = HashMap::new();
    let given = wanted.iter().filter_map(|one| match &one.line {
        LineChange::Put(line) => Some((one.number, line)),
        LineChange::Keep | LineChange::Remove => None,
    });
    for (number, line) in placed.iter().map(|one| (one.number, &one.line)).chain(given) {
        named.entry(number).or_default().insert(line);
    }
    let places: BTreeSet<(GatewayId, &Line)> = wanted
        .iter()
        .filter_map(|one| {
            let lines = match &one.line {
                LineChange::Put(line) => BTreeSet::from([line]),
                LineChange::Keep => named.get(&one.number)?.clone(),
                LineChange::Remove => return None,
            };
            Some((one.place.gateway, lines))
        })
        .flat_map(|(gateway, lines)| lines.into_iter().map(move |line| (gateway, line)))
        .collect();
    if !places.is_empty() {
        let taken = lines::at(tx, &places.into_iter().collect::<Vec<_>>()).await?;
        placed.extend(taken);
    }
    Ok(Wiring::new(
        placed.into_iter().map(|one| (one.number, one.gateway, one.line)),
    ))
}
