//! The state of the model: what the design requires of a server, without a database, a network or code of the server.

use std::collections::{BTreeMap, BTreeSet};

use super::incoming::{Content, Message};
use super::parts::Long;

pub const SECOND: i64 = 1000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;

/// Onlinesim cancels an operation that had no SMS for so long.
pub const GUARD: i64 = 20 * MINUTE;
/// A clock that differs from the time that passed by more was set.
pub const DRIFT_MAX: i64 = 5 * SECOND;
/// What the watchdog adds to it.
pub const GUARD_GRACE: i64 = MINUTE;
/// For how long after a start the watchdog closes nothing.
pub const START_GRACE: i64 = MINUTE;
pub const STRIKES_MAX: u64 = 3;
pub const BAN: i64 = 24 * HOUR;
pub const RETRY_EVERY: i64 = 10 * SECOND;
/// A message to which Onlinesim answered so often without taking it stands behind the others of its operation.
pub const DECLINED_MAX: u32 = 3;
/// Nothing is put off so far: the time-out of a push, what a lease adds to it, and a minute.
pub const HORIZON: i64 = 10 * SECOND + 20 * SECOND + MINUTE;
/// The age at which a message is no longer tried.
pub const AGE_MAX: i64 = 24 * HOUR;

#[derive(Debug, Clone)]
pub struct Gateway {
    pub capacity: Option<usize>,
    /// Off line when the last sign of life is older than that.
    pub timeout: Option<i64>,
    pub alive_at: Option<i64>,
    /// How many SMS it sent again.
    pub repetitions: u64,
    /// How often it gave an id to another SMS.
    pub reused_ids: u64,
    /// Otherwise its numbers are not issued, and nothing that it sends is taken.
    pub enabled: bool,
}

#[derive(Debug, Clone)]
pub struct Number {
    pub gateway: usize,
    /// The line of the gateway where it sits.
    pub line: Option<&'static str>,
    pub country: &'static str,
    pub operator: &'static str,
    pub enabled: bool,
    pub strikes: u64,
    pub banned_until: Option<i64>,
    pub rests_until: Option<i64>,
    /// Rule 1: one place for one operation.
    pub operation: Option<i64>,
}

#[derive(Debug, Clone)]
pub struct Operation {
    pub number: u64,
    /// Kopecks.
    pub price: i64,
    pub opened_at: i64,
    pub end: Option<End>,
    /// When the hour began in which its SMS are counted, and how many came.
    pub hour: Option<(i64, u32)>,
    pub discrepancies: u64,
    /// The contradictions of FINISH_ACTIVATION; each is counted once.
    pub contradictions: BTreeSet<(i64, i64)>,
}

#[derive(Debug, Clone, Copy)]
pub struct End {
    pub at: i64,
    pub outcome: &'static str,
    /// What was credited, refunded or not.
    pub posted: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Still to be pushed, not before that time, and not before those that are in line before it.
    Due(i64),
    Delivered,
    NoOperation,
    BadService,
    Parked,
}

/// What Onlinesim answers to a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushAnswer {
    Success,
    NoOperation,
    BadService,
    Http500,
    /// An answer that is neither acceptance nor a final no.
    Ignored,
    Http400,
    Broken,
}

/// Kopecks; rule 6.
#[derive(Debug, Clone, Copy, Default)]
pub struct Money {
    pub reserved: i64,
    pub posted: i64,
    pub voided: i64,
    pub reversed: i64,
}

/// What a GET_NUMBER asks for.
#[derive(Debug, Clone)]
pub struct RentFilter {
    pub country: Option<&'static str>,
    pub operator: Option<&'static str>,
    pub excluded: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct ModelState {
    pub now: i64,
    /// How long a number rests between two rentals; 0: not at all.
    pub rest: i64,
    /// The time that really passed; the clock may be set, this cannot.
    pub steady: i64,
    /// Until when, by that time, the watchdog closes nothing.
    pub grace_until: i64,
    /// The same for those that pass on parts.
    pub parts_grace_until: i64,
    /// By how much the clock was set since the workers looked at it.
    pub drift: i64,
    pub gateways: Vec<Gateway>,
    pub numbers: BTreeMap<u64, Number>,
    pub operations: BTreeMap<i64, Operation>,
    pub messages: Vec<Message>,
    /// In the order in which they began.
    pub longs: Vec<Long>,
    /// What gateways called their SMS: gateway, id, and the place of a part; and to what they gave that id.
    pub ids: BTreeMap<(usize, String, u8), Vec<Content>>,
    pub money: Money,
    /// Operations whose answer nobody took, until the server looks after them.
    pub lost: Vec<i64>,
    /// What happened, until somebody counts it.
    pub notes: Vec<&'static str>,
}

impl Number {
    pub const fn state(&self) -> &'static str {
        match (self.operation, self.enabled, self.banned_until, self.rests_until) {
            (Some(_), _, _, _) => "rented",
            (None, false, _, _) => "disabled",
            (None, true, Some(_), _) => "banned",
            (None, true, None, Some(_)) => "resting",
            (None, true, None, None) => "available",
        }
    }
}

impl ModelState {
    fn is_online(&self, gateway: &Gateway) -> bool {
        gateway
            .timeout
            .is_none_or(|timeout| gateway.alive_at.is_some_and(|at| (self.now - at).abs() <= timeout))
    }

    /// How many more numbers of the gateway may be rented.
    pub fn headroom(&self, gateway: usize) -> usize {
        let one = &self.gateways[gateway];
        if !one.enabled || !self.is_online(one) {
            return 0;
        }
        let rented = |number: &&Number| number.gateway == gateway && number.operation.is_some();
        let rented = self.numbers.values().filter(rented).count();
        one.capacity
            .map_or(usize::MAX, |capacity| capacity.saturating_sub(rented))
    }

    /// Rule 3: what may be issued for a request.
    pub fn permitted(&self, filter: &RentFilter) -> BTreeSet<u64> {
        let fits = |digits: &u64, number: &Number| {
            number.state() == "available"
                && self.headroom(number.gateway) > 0
                && filter.country.is_none_or(|country| country == number.country)
                && filter.operator.is_none_or(|operator| operator == number.operator)
                && !filter
                    .excluded
                    .iter()
                    .any(|prefix| digits.to_string().starts_with(prefix))
        };
        let fitting = self.numbers.iter().filter(|(digits, number)| fits(digits, number));
        fitting.map(|(digits, _)| *digits).collect()
    }

    /// Rule 4: how many free numbers each gateway that is online has, by country and operator.
    pub fn free(&self) -> BTreeMap<(&'static str, &'static str), Vec<usize>> {
        let mut free = BTreeMap::new();
        for number in self.numbers.values().filter(|number| number.state() == "available") {
            if self.headroom(number.gateway) > 0 {
                let counts = free.entry((number.country, number.operator));
                counts.or_insert_with(|| vec![0; self.gateways.len()])[number.gateway] += 1;
            }
        }
        free
    }

    /// How many can be rented, all at once.
    pub fn rentable(&self) -> usize {
        let of = |gateway: usize| {
            let free: usize = self.free().values().map(|counts| counts[gateway]).sum();
            free.min(self.headroom(gateway))
        };
        (0..self.gateways.len()).map(of).sum()
    }

    /// Whether numbers of several kinds share a capacity.
    pub fn shares_capacity(&self) -> bool {
        let kinds = |gateway| {
            let of = self.numbers.values().filter(move |number| number.gateway == gateway);
            of.map(|number| (number.country, number.operator))
        };
        (0..self.gateways.len()).any(|gateway| {
            let first = kinds(gateway).next();
            self.gateways[gateway].capacity.is_some() && kinds(gateway).any(|kind| Some(kind) != first)
        })
    }

    pub fn open(&mut self, id: i64, number: u64, price: i64) {
        let before = self.numbers.get_mut(&number).unwrap().operation.replace(id);
        assert_eq!(before, None, "rule 1");
        self.money.reserved += price;
        let operation = Operation {
            number,
            price,
            opened_at: self.now,
            end: None,
            hour: None,
            discrepancies: 0,
            contradictions: BTreeSet::new(),
        };
        assert!(self.operations.insert(id, operation).is_none(), "an id is given once");
    }

    /// Whether an SMS that counts came: each one does but those refused as BAD_SERVICE.
    pub fn has_sms(&self, id: i64) -> bool {
        let mut own = self.messages.iter().filter(|message| message.operation == Some(id));
        own.any(|message| message.fate != Fate::BadService)
    }

    /// A ban ends, by time or by the admin: the number starts at zero.
    pub fn lift(&mut self, number: u64) {
        let number = self.numbers.get_mut(&number).unwrap();
        number.banned_until = None;
        number.strikes = 0;
    }

    /// The clock is set, on or back: no time passes.
    pub fn set_clock(&mut self, by: i64) {
        self.now += by;
        self.drift += by;
        // A message is due when those before it were pushed, whatever the clock shows.
        let mut before = BTreeSet::new();
        for message in &mut self.messages {
            let is_behind = message.is_behind();
            if let Fate::Due(at) = &mut message.fate
                && !is_behind
                && !before.insert(message.operation)
            {
                *at = self.now.min(*at);
            }
        }
    }

    /// The watchdog looks at the clock: when it was set, the age of an operation is unknown, and each one gets a whole
    /// guard interval from now. Returns whether it closes anything.
    pub fn is_grace_over(&mut self) -> bool {
        if self.drift.abs() > DRIFT_MAX {
            self.grace_until = self.steady + GUARD + GUARD_GRACE;
        }
        self.drift = 0;
        self.steady >= self.grace_until
    }

    /// The server restarts. What it had only in memory is gone.
    pub fn restart(&mut self) {
        self.grace_until = self.steady + START_GRACE;
        self.parts_grace_until = self.grace_until;
        self.drift = 0;
        self.lost.clear();
    }

    /// What is expected of the operations that are open.
    pub fn expected(&self) -> i64 {
        let open = self.operations.values().filter(|operation| operation.end.is_none());
        open.map(|operation| operation.price).sum()
    }
}
