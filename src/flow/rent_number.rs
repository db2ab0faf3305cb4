//! GET_NUMBER: rents numbers to those who ask at the same instant, all in one transaction (rules 1, 2, 3).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::{Notify, mpsc};

use super::group_commit::{Batch, Verb};
use crate::clock::{Chance, Clock};
use crate::domain::exclusion::Exclusions;
use crate::domain::ledger::Transfer;
use crate::domain::money::Kopecks;
use crate::domain::operation::{Operation, OperationId};
use crate::domain::phone::PhoneNumber;
use crate::domain::stock::{Filter, PoolId, Stock};
use crate::storage::pools::Taken;
use crate::storage::{Error, WriteTx, ledger, operations, pools};

/// What GET_NUMBER asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RentRequest {
    /// Country and operator, where given.
    pub filter: Filter,
    /// The prefixes that must not be issued.
    pub exclusions: Exclusions,
    /// The price of the first period.
    pub sum: Kopecks,
}

/// A durable rental, on its way to Onlinesim.
///
/// Dropped before [`Rental::delivered`] it reports itself as undelivered, and its operation is released.
#[derive(Debug)]
pub struct Rental {
    /// The operation.
    pub id: OperationId,
    /// Its number.
    pub number: PhoneNumber,
    /// Where to report; gone once the answer is written.
    undelivered: Option<Undelivered>,
}

/// Where rentals are reported whose answer nobody took. Holds at most as many as the inventory has numbers.
#[derive(Debug, Clone)]
pub struct Undelivered {
    /// To the worker that releases them.
    pub reports: mpsc::UnboundedSender<OperationId>,
    /// Wakes it.
    pub bell: Arc<Notify>,
}

impl Rental {
    /// The answer was written: the rental stands.
    pub fn delivered(mut self) {
        self.undelivered = None;
    }
}

impl Drop for Rental {
    fn drop(&mut self) {
        if let Some(undelivered) = &self.undelivered {
            let _stopping = undelivered.reports.send(self.id);
            undelivered.bell.notify_one();
        }
    }
}

/// The verb. Bound by the queue of its group commit.
#[derive(Debug)]
pub struct RentNumber {
    /// What time it is.
    pub clock: Clock,
    /// Where to start among pools that fit alike.
    pub chance: Chance,
    /// Where rentals go whose answer nobody took.
    pub undelivered: Undelivered,
}

/// The requests of a batch that ask for the same, by their places in it.
type Alike<'a> = HashMap<(&'a Filter, &'a Exclusions), Vec<usize>>;

impl Verb for RentNumber {
    type Request = RentRequest;
    /// `None`: no number fits.
    type Decision = Option<Operation>;
    type Answer = Option<Rental>;

    async fn execute(&self, tx: &mut WriteTx, requests: &[&RentRequest]) -> Result<Batch<Self::Decision>, Error> {
        let now = self.clock.now();
        let mut picker = Picker {
            stock: pools::stock(tx, now).await?,
            taken: HashMap::new(),
            numbers: HashSet::new(),
        };
        let mut alike = Alike::new();
        for (place, request) in requests.iter().enumerate() {
            alike
                .entry((&request.filter, &request.exclusions))
                .or_default()
                .push(place);
        }
        let mut picked: Vec<Option<PhoneNumber>> = vec![None; requests.len()];
        for ((filter, exclusions), places) in alike {
            let numbers = picker
                .pick(tx, filter, exclusions, places.len(), self.chance.number())
                .await?;
            for (place, number) in places.into_iter().zip(numbers) {
                picked[place] = Some(number);
            }
        }
        let mut id = operations::next_id(tx).await?;
        let mut opened: Vec<Option<(Operation, Transfer)>> = Vec::with_capacity(requests.len());
        for (request, number) in requests.iter().zip(picked) {
            let operation_id = OperationId::new(id).expect("ids start at 1 and rise");
            opened.push(number.map(|number| Operation::open(operation_id, number, request.sum, now)));
            id += i64::from(number.is_some());
        }
        let rented: Vec<(Operation, Transfer)> = opened.iter().copied().flatten().collect();
        if !rented.is_empty() {
            save(tx, &rented, &picker.into_taken()).await?;
        }
        let decisions = opened
            .into_iter()
            .map(|one| one.map(|(operation, _)| operation))
            .collect();
        Ok(Batch {
            decisions,
            changed: !rented.is_empty(),
        })
    }

    fn answer(&self, decision: Option<Operation>) -> Option<Rental> {
        let undelivered = || Some(self.undelivered.clone());
        decision.map(|operation| Rental {
            id: operation.id,
            number: operation.number,
            undelivered: undelivered(),
        })
    }
}

async fn save(tx: &mut WriteTx, rented: &[(Operation, Transfer)], taken: &[Taken]) -> Result<(), Error> {
    let rows: Vec<Operation> = rented.iter().map(|(operation, _)| *operation).collect();
    let lines: Vec<(OperationId, Transfer)> = rented.iter().map(|(operation, line)| (operation.id, *line)).collect();
    operations::insert(tx, &rows).await?;
    pools::take(tx, taken).await?;
    ledger::append(tx, &lines, rows[0].opened_at).await
}

/// Picks numbers for one request after another; what one got, the next does not see.
struct Picker {
    stock: Stock,
    taken: HashMap<PoolId, Vec<PhoneNumber>>,
    numbers: HashSet<PhoneNumber>,
}

impl Picker {
    /// Up to `wanted` numbers that fit; fewer when there are no more.
    async fn pick(
        &mut self,
        tx: &mut WriteTx,
        filter: &Filter,
        exclusions: &Exclusions,
        wanted: usize,
        turn: u64,
    ) -> Result<Vec<PhoneNumber>, Error> {
        let mut picked: Vec<PhoneNumber> = Vec::with_capacity(wanted);
        for pool in self.stock.candidates(filter, turn) {
            let missing = wanted - picked.len();
            if missing == 0 {
                break;
            }
            // Looked up again: an earlier pool of the same gateway may have used its room.
            let rentable = usize::try_from(self.stock.rentable(&pool)).unwrap_or(usize::MAX);
            let take = missing.min(rentable);
            if take == 0 {
                continue;
            }
            // The shelf still shows what this batch took already.
            let seen = self.taken.get(&pool.id).map_or(0, Vec::len);
            let ranges = exclusions.ranges_after(&pool.last_number);
            let found = pools::free_numbers(tx, pool.id, &ranges, take + seen).await?;
            let fresh: Vec<PhoneNumber> = found
                .into_iter()
                .filter(|number| self.numbers.insert(*number))
                .collect();
            let (kept, spare) = fresh.split_at(take.min(fresh.len()));
            spare.iter().for_each(|number| {
                self.numbers.remove(number);
            });
            let Some(last) = kept.last() else { continue };
            self.stock
                .take(pool.id, u64::try_from(kept.len()).unwrap_or(u64::MAX), &last.digits());
            self.taken.entry(pool.id).or_default().extend_from_slice(kept);
            picked.extend_from_slice(kept);
        }
        debug_assert!(picked.iter().all(|number| !exclusions.exclude(*number)), "rule 3");
        Ok(picked)
    }

    fn into_taken(self) -> Vec<Taken> {
        self.taken
            .into_iter()
            .map(|(pool, numbers)| Taken { pool, numbers })
            .collect()
    }
}
