//! The sequences: an inventory, and what happens to it.

mod sms;

pub use sms::{ExternalId, Fresh, Given, NO_LINE, Target, Twist};

use std::ops::RangeInclusive;

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::state::{HOUR, MINUTE, SECOND};

/// Numbers that are prefixes of each other, of several lengths.
const NUMBERS: [u64; 12] = [
    46_701,
    46_701_000,
    46_701_000_001,
    46_702,
    4_673_999,
    46_800_000_000_000,
    49_151,
    491_511,
    4_915_200_000,
    77_010,
    770_100,
    999_999_999_999_999,
];
const COUNTRIES: [&str; 2] = ["sweden", "germany"];
const OPERATORS: [&str; 3] = ["telia", "tele2", "other"];

/// The lines of numbers. Their case matters.
pub const LINES: [&str; 4] = ["GSM1", "gsm1", "2", "240011234567890"];

/// What a clock is set by: unnoticed, and by more than it can drift.
const JUMPS: [i64; 8] = [
    -2 * SECOND,
    3 * SECOND,
    -30 * SECOND,
    -4 * MINUTE,
    -25 * MINUTE,
    22 * MINUTE,
    25 * HOUR,
    -26 * HOUR,
];

/// One of however many there are when its time comes.
#[derive(Debug, Clone, Copy)]
pub struct Pick(u8);

impl Pick {
    pub const fn of(self, count: usize) -> usize {
        self.0 as usize % count
    }

    pub fn get<T>(self, all: &[T]) -> &T {
        &all[self.of(all.len())]
    }
}

fn pick() -> impl Strategy<Value = Pick> {
    any::<u8>().prop_map(Pick)
}

#[derive(Debug, Clone)]
pub struct Inventory {
    /// Capacity, and the time-out of the heartbeat.
    pub gateways: Vec<(Option<usize>, Option<i64>)>,
    /// Number, gateway, country, operator.
    pub numbers: Vec<(u64, usize, &'static str, &'static str)>,
    /// How long a number rests between two rentals; 0: not at all.
    pub rest: i64,
    /// Whether what was promised is asked for by country and operator at the end, unless several kinds share a capacity then.
    pub ends_with_filters: bool,
}

#[derive(Debug, Clone)]
pub enum Step {
    /// GET_NUMBERs at the same instant.
    Rent(Vec<Ask>),
    /// What a gateway hands over in one request; several are of the gateway of the first one.
    Sms {
        batch: Vec<Given>,
        /// Handed over twice at once, if it is a single one.
        twice: bool,
    },
    Finish {
        which: Which,
        status: i64,
        total: i64,
        /// Said twice at once.
        twice: bool,
        /// What is reported of it next.
        then: Option<i64>,
    },
    /// Time goes by, and nobody does anything.
    Wait(i64),
    /// Time goes by, and then the workers get their turn.
    Tick(i64),
    /// So many rentals, one after another, that receive no SMS.
    Starve(usize),
    Beat(Pick),
    /// The admin disables or enables a gateway.
    Enable(Pick, bool),
    Restart,
    /// The server dies while its pushes are under way.
    RestartMidPush,
    /// Somebody sets the clock, on or back.
    SetClock(i64),
    /// Another process holds the database, so that nothing can be written; meanwhile everybody asks for something.
    Locked(Ask),
    /// The admin closes an operation.
    Force(Which),
    Ban(Pick),
    Lift(Pick),
    Switch(Pick, bool),
    /// The admin puts a number on a line of its gateway, or on none.
    Line(Pick, Option<&'static str>),
    /// The admin imports numbers that are there already: number, gateway if it is another one, line if it has one.
    Import(Vec<(Pick, Option<Pick>, Option<&'static str>)>),
}

#[derive(Debug, Clone)]
pub struct Ask {
    pub country: Option<&'static str>,
    pub operator: Option<&'static str>,
    /// Prefixes, given by a number and how many digits of it.
    pub excluded: Vec<(Pick, usize)>,
    /// The answer is made, and nobody takes it.
    pub is_lost: bool,
}

#[derive(Debug, Clone)]
pub enum Which {
    Open(Pick),
    Any(Pick),
    Unknown,
}

impl Ask {
    /// Any number.
    pub const ANY: Self = Self {
        country: None,
        operator: None,
        excluded: Vec::new(),
        is_lost: false,
    };

    pub fn prefixes(&self) -> Vec<String> {
        let prefix = |(number, length): &(Pick, usize)| {
            let digits = number.get(&NUMBERS).to_string();
            digits[..(*length).min(digits.len())].to_owned()
        };
        self.excluded.iter().map(prefix).collect()
    }
}

pub fn inventory(count: RangeInclusive<usize>) -> impl Strategy<Value = Inventory> {
    let capacity = prop_oneof![6 => Just(None), 1 => Just(Some(0)), 8 => (1_usize..=3).prop_map(Some)];
    // Never a whole second: what happens at its exact end is not tested.
    let timeout = prop_oneof![6 => Just(None), 1 => Just(Some(45 * SECOND + 500)), 1 => Just(Some(25 * HOUR + 500))];
    let gateways = vec((capacity, timeout), 1..=3);
    let numbers = btree_set(select(&NUMBERS[..]), count);
    let places = vec((pick(), select(&COUNTRIES[..]), select(&OPERATORS[..2])), 12);
    let rest = select(vec![0, 5 * SECOND, MINUTE]);
    (gateways, numbers, places, rest, any::<bool>()).prop_map(|(gateways, numbers, places, rest, ends_with_filters)| {
        let numbers: Vec<_> = numbers
            .into_iter()
            .zip(places)
            .map(|(number, (gateway, country, operator))| (number, gateway.of(gateways.len()), country, operator))
            .collect();
        Inventory {
            gateways,
            numbers,
            rest,
            ends_with_filters,
        }
    })
}

pub fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        28 => vec(ask(), 1..=3).prop_map(Step::Rent),
        40 => sms::sms(),
        18 => finish(),
        6 => span().prop_map(Step::Wait),
        22 => span().prop_map(Step::Tick),
        4 => (1_usize..=3).prop_map(Step::Starve),
        3 => pick().prop_map(Step::Beat),
        3 => (pick(), prop::bool::weighted(0.75)).prop_map(|(gateway, enabled)| Step::Enable(gateway, enabled)),
        2 => Just(Step::Restart),
        5 => Just(Step::RestartMidPush),
        3 => select(&JUMPS[..]).prop_map(Step::SetClock),
        1 => ask().prop_map(Step::Locked),
        3 => which().prop_map(Step::Force),
        1 => pick().prop_map(Step::Ban),
        3 => pick().prop_map(Step::Lift),
        2 => (pick(), prop::bool::weighted(0.6)).prop_map(|(number, enabled)| Step::Switch(number, enabled)),
        4 => (pick(), option::weighted(0.8, select(&LINES[..]))).prop_map(|(number, line)| Step::Line(number, line)),
        5 => vec((pick(), option::of(pick()), option::of(select(&LINES[..]))), 1..=3).prop_map(Step::Import),
    ]
}

fn ask() -> impl Strategy<Value = Ask> {
    let country = prop_oneof![3 => Just(None), 1 => select(&COUNTRIES[..]).prop_map(Some)];
    let operator = prop_oneof![3 => Just(None), 1 => select(&OPERATORS[..]).prop_map(Some)];
    let excluded = prop_oneof![1 => Just(Vec::new()), 1 => vec((pick(), 1_usize..=15), 0..=4)];
    let is_lost = prop::bool::weighted(0.1);
    (country, operator, excluded, is_lost).prop_map(|(country, operator, excluded, is_lost)| Ask {
        country,
        operator,
        excluded,
        is_lost,
    })
}

fn finish() -> impl Strategy<Value = Step> {
    let status = || prop_oneof![1 => Just(1_i64), 3 => Just(3), 2 => Just(4), 2 => Just(5)];
    // Below, at and above the price of a rental.
    let total = prop_oneof![Just(0_i64), Just(10_000), Just(87_050), 0_i64..200_000];
    let then = option::weighted(0.4, status());
    (which(), status(), total, prop::bool::weighted(0.2), then).prop_map(|(which, status, total, twice, then)| {
        Step::Finish {
            which,
            status,
            total,
            twice,
            then,
        }
    })
}

fn which() -> impl Strategy<Value = Which> {
    prop_oneof![
        4 => pick().prop_map(Which::Open),
        4 => pick().prop_map(Which::Any),
        1 => Just(Which::Unknown),
    ]
}

/// Around every span that the rules name.
fn span() -> impl Strategy<Value = i64> {
    prop_oneof![
        8 => select(vec![0, SECOND, 9 * SECOND, 10 * SECOND, 11 * SECOND]),
        3 => select(vec![MINUTE, MINUTE + 1, 2 * MINUTE, 3 * MINUTE - 1, 3 * MINUTE, 3 * MINUTE + 1]),
        2 => select(vec![45 * SECOND, 46 * SECOND, 59 * SECOND, MINUTE]),
        2 => select(vec![20 * MINUTE - SECOND, 20 * MINUTE, 21 * MINUTE - SECOND, 21 * MINUTE, 21 * MINUTE + 1]),
        2 => select(vec![24 * HOUR - SECOND, 24 * HOUR - 1, 24 * HOUR, 24 * HOUR + SECOND]),
    ]
}
