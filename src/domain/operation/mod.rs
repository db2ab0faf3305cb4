//! An operation: one rental of one number, from GET_NUMBER to FINISH_ACTIVATION (rules 5 and 6).
//!
//! A transition consumes the operation and returns the new one together with everything that must be saved with it: the
//! transfers of the ledger, the result for the number, the event of the history. The operation's own row records its
//! opening; each [`HistoryEvent`] records what came after.

mod lost;
mod outcome;

pub use lost::LostOperation;
pub use outcome::{Finish, HistoryEvent, Outcome};

use std::time::Duration;

use strum::IntoStaticStr;

use super::ledger::{self, Transfer};
use super::money::Kopecks;
use super::phone::PhoneNumber;
use super::strike::RentalResult;
use super::time::Timestamp;

/// An operation's id: `activationId` on Onlinesim's wire, 1 or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(i64);

impl OperationId {
    /// An id; `None` below 1.
    #[must_use]
    pub const fn new(id: i64) -> Option<Self> {
        if id < 1 { None } else { Some(Self(id)) }
    }

    /// The id on the wire and in the database.
    #[must_use]
    pub const fn as_i64(self) -> i64 {
        self.0
    }
}

/// The state of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum OperationState {
    /// Open, no SMS yet.
    Waiting,
    /// Open, at least one SMS that counts.
    Receiving,
    /// Closed.
    Closed {
        /// When.
        at: Timestamp,
        /// How it ended.
        outcome: Outcome,
        /// The amount that was credited, refunded or not.
        posted: Option<Kopecks>,
    },
}

/// One rental of one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// The number that is rented.
    pub number: PhoneNumber,
    /// The price of the first period.
    pub sum: Kopecks,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Its state.
    pub state: OperationState,
}

/// The result of a transition; everything in it is saved in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationChange {
    /// The operation afterwards.
    pub operation: Operation,
    /// New lines of the ledger.
    pub transfers: Vec<Transfer>,
    /// Set when this closes the operation and releases its number.
    pub released: Option<RentalResult>,
    /// The new event of its history.
    pub entry: HistoryEvent,
}

/// The operation is closed already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the operation is closed already")]
pub struct AlreadyClosed;

impl Operation {
    /// A new rental, with the transfer that reserves its first period.
    #[must_use]
    pub const fn open(id: OperationId, number: PhoneNumber, sum: Kopecks, now: Timestamp) -> (Self, Transfer) {
        (
            Self {
                id,
                number,
                sum,
                opened_at: now,
                state: OperationState::Waiting,
            },
            ledger::reserve(sum),
        )
    }

    /// FINISH_ACTIVATION. `None`: a repetition, which changes nothing; the answer is SUCCESS either way.
    #[must_use]
    pub fn finish(self, finish: Finish, now: Timestamp) -> Option<OperationChange> {
        let OperationState::Closed { at, outcome, posted } = self.state else {
            return Some(self.close(finish, now));
        };
        let correct = |to: Outcome, posted: Option<Kopecks>, transfers: Vec<Transfer>| {
            let state = OperationState::Closed {
                at,
                outcome: to,
                posted,
            };
            let operation = Self { state, ..self };
            Some(OperationChange {
                operation,
                transfers,
                released: None,
                entry: HistoryEvent::Corrected { from: outcome, to },
            })
        };
        match (outcome, finish, posted) {
            (Outcome::Sold, Finish::Refunded, Some(sum)) => {
                correct(Outcome::Refunded, posted, vec![ledger::reverse(sum)])
            }
            (Outcome::Sold, Finish::Sold(total), Some(sum)) if total != sum => self.contradicted(finish, Some(total)),
            // Refunded is final: a late "sold" is an old request that came out of order. If nothing was ever credited, the
            // admin has to see it.
            (Outcome::Refunded, Finish::Sold(total), None) => self.contradicted(finish, Some(total)),
            (Outcome::Refunded, Finish::Sold(_), Some(_)) => None,
            (Outcome::Sold, Finish::Sold(_), _) => None,
            (_, Finish::Sold(total), None) => correct(Outcome::Sold, Some(total), ledger::sell_late(total)),
            (Outcome::Sold | Outcome::Refunded, Finish::Cancelled | Finish::NotOrdered, _) => {
                self.contradicted(finish, None)
            }
            _ => None,
        }
    }

    /// The watchdog: there was no SMS for `timeout`, the guard interval and its grace. `None`: an SMS came, the operation is
    /// closed, or it is younger than that.
    #[must_use]
    pub fn expire_silent(self, timeout: Duration, now: Timestamp) -> Option<OperationChange> {
        let is_due = self.state == OperationState::Waiting && now.since(self.opened_at) >= timeout;
        is_due.then(|| self.close_unsold(Outcome::NoSms, self.rental_result(now), now))
    }

    /// The answer to GET_NUMBER could not be sent: no renter has the number, and it is not a strike.
    pub fn release_undelivered(self, now: Timestamp) -> Result<OperationChange, AlreadyClosed> {
        match self.state {
            OperationState::Closed { .. } => Err(AlreadyClosed),
            OperationState::Waiting | OperationState::Receiving => {
                Ok(self.close_unsold(Outcome::Undelivered, RentalResult::None, now))
            }
        }
    }

    /// The admin closes it.
    pub fn force_close(self, now: Timestamp) -> Result<OperationChange, AlreadyClosed> {
        match self.state {
            OperationState::Closed { .. } => Err(AlreadyClosed),
            OperationState::Waiting | OperationState::Receiving => {
                Ok(self.close_unsold(Outcome::Forced, self.rental_result(now), now))
            }
        }
    }

    fn rental_result(&self, now: Timestamp) -> RentalResult {
        match self.state {
            OperationState::Waiting => RentalResult::Silent {
                lasted: now.since(self.opened_at),
            },
            OperationState::Receiving | OperationState::Closed { .. } => RentalResult::Received,
        }
    }

    fn close(self, finish: Finish, now: Timestamp) -> OperationChange {
        let Finish::Sold(total) = finish else {
            return self.close_unsold(finish.outcome(), self.rental_result(now), now);
        };
        let state = OperationState::Closed {
            at: now,
            outcome: Outcome::Sold,
            posted: Some(total),
        };
        OperationChange {
            operation: Self { state, ..self },
            transfers: ledger::sell(self.sum, total),
            released: Some(self.rental_result(now)),
            entry: HistoryEvent::Closed(Outcome::Sold),
        }
    }

    fn close_unsold(self, outcome: Outcome, result: RentalResult, now: Timestamp) -> OperationChange {
        let state = OperationState::Closed {
            at: now,
            outcome,
            posted: None,
        };
        OperationChange {
            operation: Self { state, ..self },
            transfers: vec![ledger::void(self.sum)],
            released: Some(result),
            entry: HistoryEvent::Closed(outcome),
        }
    }

    #[expect(
        clippy::unnecessary_wraps,
        reason = "an arm of finish, whose other arms change nothing"
    )]
    fn contradicted(self, finish: Finish, sum: Option<Kopecks>) -> Option<OperationChange> {
        let entry = HistoryEvent::Contradicted {
            reported: finish.outcome(),
            sum,
        };
        Some(OperationChange {
            operation: self,
            transfers: Vec::new(),
            released: None,
            entry,
        })
    }
}

#[cfg(test)]
mod tests;
