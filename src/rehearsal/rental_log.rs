//! What the rehearsal has rented: nothing of it is forgotten.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::exchange::Exchange;
use super::report::{OpenRental, RehearsalReport};
use serde_json::Value;

/// Somebody's number for a while.
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
    nameless: Vec<String>,
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
    /// it may have rented when nobody can tell.
    pub(super) fn note(&self, exchange: &Exchange) -> Option<RehearsedRental> {
        if exchange.may_have_worked() {
            self.lock().unanswered += 1;
        }
        let body = exchange.body();
        let id = lenient(&body["activationId"]).filter(|id| *id > 0);
        if exchange.word() != "SUCCESS" && id.is_none() {
            if exchange.may_hide_a_rental() {
                self.lock().unreadable += 1;
            }
            return None;
        }
        let number = lenient(&body["number"]).map(|number| number.to_string());
        let number = number.unwrap_or_default();
        let mut pages = self.lock();
        pages.rented += 1;
        let Some(id) = id else {
            pages.nameless.push(number);
            return None;
        };
        *pages.ids.entry(id).or_default() += 1;
        let rental = RehearsedRental { number, id };
        pages.open.push(rental.clone());
        Some(rental)
    }

    /// A rental that came when Onlinesim would not have listened any more.
    pub(super) fn note_late(&self, exchange: &Exchange) {
        let before = self.lock().rented;
        self.note(exchange);
        let mut pages = self.lock();
        pages.late += pages.rented - before;
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
        let pages = self.lock();
        let repeated = pages.ids.iter().filter(|(_, count)| **count > 1);
        repeated.map(|(id, _)| *id).collect()
    }

    /// Writes down how many numbers were rented, and what is still open.
    pub(super) fn summarise(&self, report: &mut RehearsalReport) {
        let pages = self.lock();
        report.rented = pages.rented;
        report.late = pages.late;
        report.unanswered = pages.unanswered;
        report.unreadable = pages.unreadable;
        let named = pages.open.iter().map(|rental| (Some(rental.id), &rental.number));
        let nameless = pages.nameless.iter().map(|number| (None, number));
        let all = named.chain(nameless).map(|(activation_id, number)| OpenRental {
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
