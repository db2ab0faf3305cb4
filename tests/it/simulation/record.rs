//! What the server was sent and what it answered, by which it is judged.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const GUARD_MS: i64 = 20 * 60_000;
const BAN_MS: i64 = 24 * 3_600_000;
const STRIKES_MAX: u64 = 3;
const REST_MS: i64 = 60_000;
/// A message that Onlinesim answered so often without taking it stands behind the others of its operation.
pub const DECLINED_MAX: u64 = 3;

#[derive(Debug)]
pub struct Operation {
    pub number: u64,
    /// Kopecks.
    pub price: i64,
    /// By the clock, and by the time that really passed.
    pub opened_at: i64,
    pub opened: Duration,
    /// Nobody took the answer.
    pub is_lost: bool,
    pub outcome: Option<&'static str>,
    pub posted: Option<i64>,
    /// Serials of its messages, in order of arrival.
    pub messages: Vec<usize>,
    /// The last of them that was pushed.
    pub pushed: usize,
}

#[derive(Debug)]
pub struct Message {
    /// Rule 8: what was open on its number when it arrived.
    pub operation: Option<i64>,
    /// The last answer of Onlinesim.
    pub settled: Option<&'static str>,
    /// How often it answered without taking it.
    pub declined: u64,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Money {
    pub expected: i64,
    pub posted: i64,
    pub reversed: i64,
    pub voided: i64,
}

#[derive(Default)]
pub struct Record {
    pub operations: BTreeMap<i64, Operation>,
    /// Rule 1: the open operation of a number.
    pub open: BTreeMap<u64, i64>,
    pub money: Money,
    pub messages: Vec<Message>,
    /// Rule 9: silent operations in a row, and the ends of bans.
    pub strikes: BTreeMap<u64, u64>,
    pub banned: BTreeMap<u64, i64>,
    /// Rule 3: when the last rental of a number ended.
    freed: BTreeMap<u64, i64>,
    seen: BTreeSet<&'static str>,
}

impl Record {
    pub fn note(&mut self, what: &'static str) {
        self.seen.insert(what);
    }

    /// A day on which nothing happens proves nothing.
    pub fn has_seen_enough(&self) {
        for what in [
            "sold",
            "cancelled",
            "refunded",
            "not_ordered",
            "no_sms",
            "undelivered",
            "forced",
            "reversed",
            "posted late",
            "contradicted",
            "no numbers",
            "banned",
            "delivered",
            "refused",
            "pushed again",
            "took its turn behind",
            "message of nobody",
            "resent",
            "given twice",
            "honoured",
        ] {
            assert!(self.seen.contains(what), "never happened: {what} in {:?}", self.seen);
        }
        assert!(self.operations.len() > 1_200, "{} rentals", self.operations.len());
    }

    /// Rule 7: nobody who stands in order of arrival waits any more.
    pub fn may_try_those_behind(&self, operation: &Operation) -> bool {
        let mut own = operation.messages.iter().map(|serial| &self.messages[*serial]);
        own.all(|message| message.settled.is_some() || message.declined >= DECLINED_MAX)
    }

    pub fn has_sms(&self, id: i64) -> bool {
        let mut own = self.operations[&id].messages.iter();
        own.any(|serial| self.messages[*serial].settled != Some("BAD_SERVICE"))
    }

    pub fn open(&mut self, id: i64, operation: Operation) {
        let number = operation.number;
        let before = self.open.insert(number, id);
        assert_eq!(before, None, "rule 1: {number} has operation {id}, too");
        self.money.expected += operation.price;
        let before = self.operations.insert(id, operation);
        assert!(before.is_none(), "operation {id} is there twice");
    }

    /// Closes an open operation: money (rule 6) and strikes (rule 9).
    pub fn close(&mut self, id: i64, at: i64, outcome: &'static str, posted: Option<i64>) {
        let has_sms = self.has_sms(id);
        let operation = self.operations.get_mut(&id).unwrap();
        assert_eq!(
            operation.outcome.replace(outcome),
            None,
            "rule 5: operation {id} is closed twice"
        );
        operation.posted = posted;
        let (number, price) = (operation.number, operation.price);
        let is_silent = at - operation.opened_at >= GUARD_MS;
        self.open.remove(&number);
        self.frees(number, at);
        self.money.expected -= price;
        self.money.posted += posted.unwrap_or(0);
        self.money.voided += (price - posted.unwrap_or(0)).max(0);
        self.note(outcome);
        let strikes = self.strikes.entry(number).or_default();
        match (outcome, has_sms) {
            ("undelivered", _) => {}
            (_, true) => *strikes = 0,
            (_, false) => *strikes += u64::from(is_silent),
        }
        if !has_sms && is_silent && outcome != "undelivered" && *strikes >= STRIKES_MAX {
            self.ban(number, at + BAN_MS);
        }
    }

    /// A rental of the number ended.
    pub fn frees(&mut self, number: u64, at: i64) {
        self.freed.insert(number, at);
    }

    /// Rule 3: whether the number has had its rest.
    pub fn has_rested(&self, number: u64, now: i64) -> bool {
        self.freed.get(&number).is_none_or(|at| now - at >= REST_MS)
    }

    /// The clock is set back: nothing ended later than now.
    pub fn set_back(&mut self, now: i64) {
        self.freed.values_mut().for_each(|at| *at = now.min(*at));
    }

    pub fn ban(&mut self, number: u64, until: i64) {
        let known = self.banned.entry(number).or_insert(until);
        *known = until.max(*known);
        self.note("banned");
    }

    /// The ban is over, by time or by the admin: the number starts at zero.
    pub fn lift(&mut self, number: u64) {
        self.banned.remove(&number);
        self.strikes.remove(&number);
    }

    /// FINISH_ACTIVATION; repeated, it moves nothing (rule 6).
    pub fn finish(&mut self, id: i64, at: i64, status: i64, total: i64) {
        let operation = self.operations.get_mut(&id).unwrap();
        let Some(outcome) = operation.outcome else {
            return match status {
                3 => self.close(id, at, "sold", Some(total)),
                4 => self.close(id, at, "cancelled", None),
                5 => self.close(id, at, "refunded", None),
                _ => self.close(id, at, "not_ordered", None),
            };
        };
        match (outcome, status, operation.posted) {
            ("sold", 5, Some(posted)) => {
                operation.outcome = Some("refunded");
                self.money.reversed += posted;
                self.note("reversed");
            }
            ("sold" | "refunded", _, _) => self.note("contradicted"),
            (_, 3, _) => {
                operation.outcome = Some("sold");
                operation.posted = Some(total);
                self.money.posted += total;
                self.note("posted late");
            }
            _ => {}
        }
    }
}
