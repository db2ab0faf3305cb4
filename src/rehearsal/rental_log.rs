//! Every rental of the rehearsal, so that each is given back.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::exchange::Exchange;
use super::report::{OpenRental, RehearsalReport};

/// A rented number.
#[derive(Debug, Clone)]
pub(super) struct RehearsedRental {
    /// Digits; empty when the answer had none.
    pub(super) number: String,
    pub(super) id: u64,
}

/// All rentals of a rehearsal.
#[derive(Default)]
pub(super) struct RentalLog(Mutex<LoggedRentals>);

#[derive(Default)]
struct LoggedRentals {
    open: Vec<RehearsedRental>,
    /// Rented without an id that could be given back.
    without_id: Vec<String>,
    /// How often each id was given.
    ids: BTreeMap<u64, usize>,
    rented: usize,
    late: usize,
    unanswered: usize,
    unreadable: usize,
}

impl RentalLog {
    fn lock(&self) -> MutexGuard<'_, LoggedRentals> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what a request for a number rented, on purpose or not, however wrongly the answer is written; and that
    /// it may have rented when the answer does not show it.
    pub(super) fn note(&self, exchange: &Exchange) -> Option<RehearsedRental> {
        if exchange.may_have_worked() {
            self.lock().unanswered += 1;
        }
        let body = exchange.body();
        let id = lenient(&body["activationId"]).filter(|id| *id > 0);
        if exchange.status() != "SUCCESS" && id.is_none() {
            if exchange.may_hide_a_rental() {
                self.lock().unreadable += 1;
            }
            return None;
        }
        let number = lenient(&body["number"]).map(|number| number.to_string());
        let number = number.unwrap_or_default();
        let mut log = self.lock();
        log.rented += 1;
        let Some(id) = id else {
            log.without_id.push(number);
            return None;
        };
        *log.ids.entry(id).or_default() += 1;
        let rental = RehearsedRental { number, id };
        log.open.push(rental.clone());
        Some(rental)
    }

    /// A rental whose answer came after Onlinesim's timeout.
    pub(super) fn note_late(&self, exchange: &Exchange) {
        let before = self.lock().rented;
        self.note(exchange);
        let mut log = self.lock();
        log.late += log.rented - before;
    }

    /// A request for a number was not answered in the end.
    pub(super) fn note_unanswered(&self) {
        self.lock().unanswered += 1;
    }

    pub(super) fn close(&self, id: u64) {
        self.lock().open.retain(|open| open.id != id);
    }

    pub(super) fn open(&self) -> Vec<u64> {
        self.lock().open.iter().map(|rental| rental.id).collect()
    }

    /// The ids that were given more than once.
    pub(super) fn repeated(&self) -> Vec<u64> {
        let log = self.lock();
        let repeated = log.ids.iter().filter(|(_, count)| **count > 1);
        repeated.map(|(id, _)| *id).collect()
    }

    /// Adds to the report how many numbers were rented, and what is still open.
    pub(super) fn summarise(&self, report: &mut RehearsalReport) {
        let log = self.lock();
        report.rented = log.rented;
        report.late = log.late;
        report.unanswered = log.unanswered;
        report.unreadable = log.unreadable;
        let named = log.open.iter().map(|rental| (Some(rental.id), &rental.number));
        let without_id = log.without_id.iter().map(|number| (None, number));
        let all = named.chain(without_id).map(|(activation_id, number)| OpenRental {
            activation_id,
            number: number.clone(),
        });
        report.left_open = all.collect();
    }
}

/// An integer, also one that is written as a string.
fn lenient(value: &Value) -> Option<u64> {
    let of_text = || value.as_str()?.trim_start_matches('+').parse().ok();
    value.as_u64().or_else(of_text)
}
