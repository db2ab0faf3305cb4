//! GET_NUMBER: rents numbers for concurrent requests in one transaction (rules 1, 2, 3).

mod cursors;
mod picker;

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::{Mutex, Notify, mpsc};
use tokio::time::Instant;

use super::Flows;
use super::group_commit::{Batch, BatchCommand, SubmitError};
use crate::clock::{Clock, Random};
use crate::domain::exclusion::Exclusions;
use crate::domain::ledger::Transfer;
use crate::domain::money::Kopecks;
use crate::domain::operation::{Operation, OperationId};
use crate::domain::phone::PhoneNumber;
use crate::domain::stock::{Stock, StockFilter};
use crate::domain::time::Timestamp;
use crate::metrics::labels::BatchKind;
use crate::storage::pools::{RangeScan, TakenNumbers};
use crate::storage::stock::KnownPools;
use crate::storage::{Error, WriteTx, ledger, operations, pools, stock};
use cursors::Cursors;
use picker::{Picker, Prefetched, RequestGroup, prefetch};

/// What GET_NUMBER asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RentRequest {
    /// Country and operator, where given.
    pub filter: StockFilter,
    /// The prefixes that must not be issued.
    pub exclusions: Exclusions,
    /// The price of the first period.
    pub price: Kopecks,
}

/// A durable rental whose answer is being sent to Onlinesim.
///
/// If it is dropped before [`Rental::delivered`], it is reported as undelivered, and its operation is closed.
#[derive(Debug)]
pub struct Rental {
    /// The operation.
    pub id: OperationId,
    /// Its number.
    pub number: PhoneNumber,
    /// Where to report it; `None` once the answer is sent.
    undelivered: Option<ReleaseOnDrop>,
}

/// Where rentals are reported whose answer could not be sent. Holds at most as many as the inventory has numbers.
#[derive(Debug, Clone)]
pub(super) struct ReleaseOnDrop {
    /// To the worker that releases them.
    pub(super) reports: mpsc::UnboundedSender<OperationId>,
    /// Wakes it.
    pub(super) wakeup: Arc<Notify>,
}

impl Flows {
    /// Rents a number; `None`: no number matches. Either it is committed by the deadline or never (rule 10).
    pub async fn rent_number(&self, request: RentRequest, deadline: Instant) -> Result<Option<Rental>, SubmitError> {
        self.rent_number.submit(request, deadline).await
    }
}

impl Rental {
    /// The answer was sent: the operation stays open.
    pub fn delivered(mut self) {
        self.undelivered = None;
    }
}

impl Drop for Rental {
    fn drop(&mut self) {
        if let Some(undelivered) = &self.undelivered {
            let _stopping = undelivered.reports.send(self.id);
            undelivered.wakeup.notify_one();
        }
    }
}

/// The command of the group commit.
#[derive(Debug)]
pub(super) struct RentNumber {
    /// The time at which a batch is decided.
    pub(super) clock: Clock,
    /// Chooses the first of the pools that match.
    pub(super) random: Random,
    /// Given to each rental.
    pub(super) undelivered: ReleaseOnDrop,
    /// Caches what does not change about pools.
    pub(super) pools: KnownPools,
    /// Kept from batch to batch.
    pub(super) cache: Mutex<RentCache>,
}

/// What is known without a read; empty after a start.
#[derive(Debug, Default)]
pub(super) struct RentCache {
    /// Where the search continues for requests that exclude prefixes.
    cursors: Cursors,
    /// The stock after the last batch. It is probably still right, so the search by it is sent in the same round trip that
    /// loads the current stock.
    stock: Option<Stock>,
}

impl RentNumber {
    /// The stock, the id of the next operation, and what the search finds, in one round trip.
    async fn load(
        &self,
        tx: &mut WriteTx,
        now: Timestamp,
        search: Option<RangeScan>,
    ) -> Result<(Stock, i64, Option<Prefetched>), Error> {
        let known = self.pools.list();
        let (rows, id) = (stock::stock(now, &known), operations::next_id());
        let Some(search) = search else {
            let (rows, id) = tx.read_two(rows, id).await?;
            return Ok((self.pools.stock(rows, known)?, id, None));
        };
        let (rows, id, found) = tx.read_three(rows, id, pools::free_numbers(&search)).await?;
        Ok((self.pools.stock(rows, known)?, id, Some((search, found))))
    }
}

impl BatchCommand for RentNumber {
    const KIND: BatchKind = BatchKind::RentNumber;

    type Request = RentRequest;
    /// `None`: no number matches.
    type Outcome = Option<Operation>;
    type Answer = Option<Rental>;
    type Effects = ();

    async fn execute(&self, tx: &mut WriteTx, requests: &[&RentRequest]) -> Result<Batch<Self::Outcome, ()>, Error> {
        let now = self.clock.now();
        let mut cache = self.cache.lock().await;
        let RentCache { cursors, stock: guess } = &mut *cache;
        let groups: Vec<(RequestGroup<'_>, Vec<usize>)> = group_by_filter(requests)
            .into_iter()
            .map(|(filter, exclusions, indexes)| {
                let (count, rotation) = (indexes.len(), self.random.number());
                let group = RequestGroup {
                    filter,
                    exclusions,
                    count,
                    rotation,
                };
                (group, indexes)
            })
            .collect();
        let search = guess
            .take()
            .and_then(|mut guess| prefetch(&mut guess, cursors, &groups.first()?.0));
        let (stock, mut id, prefetched) = self.load(tx, now, search).await?;
        let mut picker = Picker::new(stock, cursors, prefetched);
        let mut picked: Vec<Option<PhoneNumber>> = vec![None; requests.len()];
        for (group, indexes) in groups {
            let numbers = picker.pick(tx, &group).await?;
            for (index, number) in indexes.into_iter().zip(numbers) {
                picked[index] = Some(number);
            }
        }
        let mut opened: Vec<Option<(Operation, Transfer)>> = Vec::with_capacity(requests.len());
        for (request, number) in requests.iter().zip(picked) {
            let operation_id = OperationId::new(id).expect("ids start at 1 and increase");
            opened.push(number.map(|number| Operation::open(operation_id, number, request.price, now)));
            id += i64::from(number.is_some());
        }
        let rented: Vec<(Operation, Transfer)> = opened.iter().copied().flatten().collect();
        let (taken, left) = picker.into_taken();
        *guess = Some(left);
        if !rented.is_empty() {
            save(tx, &rented, &taken);
        }
        let decisions = opened
            .into_iter()
            .map(|one| one.map(|(operation, _)| operation))
            .collect();
        Ok(Batch {
            decisions,
            changed: !rented.is_empty(),
            effects: (),
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

/// Groups the requests of a batch that ask for the same, by their indexes. Requests with a filter are served before those
/// without, otherwise in order of arrival.
fn group_by_filter<'a>(requests: &[&'a RentRequest]) -> Vec<(&'a StockFilter, &'a Exclusions, Vec<usize>)> {
    let mut groups: Vec<(&StockFilter, &Exclusions, Vec<usize>)> = Vec::new();
    let mut known: HashMap<(&StockFilter, &Exclusions), usize> = HashMap::new();
    for (index, request) in requests.iter().enumerate() {
        let group = *known.entry((&request.filter, &request.exclusions)).or_insert_with(|| {
            groups.push((&request.filter, &request.exclusions, Vec::new()));
            groups.len() - 1
        });
        groups[group].2.push(index);
    }
    groups.sort_by_key(|(filter, exclusions, _)| {
        (
            filter.operator.is_none(),
            filter.country.is_none(),
            exclusions.is_empty(),
        )
    });
    groups
}

fn save(tx: &mut WriteTx, rented: &[(Operation, Transfer)], taken: &[TakenNumbers]) {
    let rows: Vec<Operation> = rented.iter().map(|(operation, _)| *operation).collect();
    let transfers = rented.iter().map(|(operation, transfer)| (operation.id, *transfer));
    let transfers: Vec<(OperationId, Transfer)> = transfers.collect();
    operations::insert(tx, &rows);
    pools::take(tx, taken);
    ledger::append(tx, &transfers, rows[0].opened_at);
}
