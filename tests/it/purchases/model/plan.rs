//! The sequences.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::books::Wholesale;
use crate::support::suppliers::{ApiAnswer, Fault, Trouble};

/// CarrierX's numbers.
pub const AMERICANS: [&str; 6] = [
    "15162065571",
    "15162065572",
    "15162065573",
    VOICE_ONLY,
    "15162065574",
    "15162065575",
];
pub const VOICE_ONLY: &str = "15162065570";
/// Numbers of other providers, which CarrierX sells, too.
pub const EXTERNALS: [&str; 2] = ["46501818082", "46501818083"];
/// Numbers of Multitel's older API.
pub const FRENCH: [&str; 2] = ["33554530000", "33554530001"];
/// Numbers of v3, which sells them at a price.
pub const PRICED: [&str; 2] = ["33700000001", "33700000002"];
/// All that Multitel has.
pub const MULTITELS: [&str; 4] = [FRENCH[0], FRENCH[1], PRICED[0], PRICED[1]];

/// What is ordered.
#[derive(Debug, Clone)]
pub enum Wanted {
    American(Vec<Index>),
    External(Index),
    French(Index),
    Priced(Index),
    Quantity(u32),
    Random(u32),
    /// So many numbers of a place, which people have to find.
    Place(u32),
    /// One that was given back; without one, another.
    Again(Index),
}

/// What CM.com's staff does with a request.
#[derive(Debug, Clone, Copy)]
pub enum Staff {
    Fills,
    FillsInPart,
    FillsTooMany,
    Refuses,
    /// A status that we do not know.
    Looks,
}

#[derive(Debug, Clone)]
pub enum Step {
    Order(Wanted),
    Cancel(Index),
    /// What happens to the next calls of a wholesaler; `None`: nothing.
    Faults(Wholesale, Vec<Option<Fault>>),
    /// Another customer has one of Multitel's numbers for the moment.
    Reserve(Index),
    /// Whether the account at Multitel has money.
    Balance(bool),
    /// The minutes are over that CarrierX needs for messaging: it ends with this status.
    Messaging(&'static str),
    /// The next order at another provider cannot be processed at the moment.
    Conflict,
    /// Other providers decide on what CarrierX ordered there.
    Provider {
        assigns: bool,
    },
    Staff(Index, Staff),
    /// Whether CM.com's answers to orders have ids.
    Ids(bool),
    /// Somebody reports something about an order.
    Report {
        line: Index,
        is_forged: bool,
    },
    /// Time goes by, and nobody does anything.
    Wait(Duration),
    /// The same, and then the workers get their turn.
    Work(Duration),
    Restart,
    /// The server starts with another secret, or with another public address.
    Readdress {
        is_secret: bool,
    },
    /// The server dies when purchases are stored: before they are called, or after.
    Crash {
        is_called: bool,
    },
    GiveBack {
        number: Index,
        when_free: bool,
    },
    /// A number that was given back is to be ours again.
    Restore(Index),
    /// The partner confirms that SMS arrive.
    Prove(Index),
    /// A give-back, a rental and the workers at the same time.
    Race(Index),
    Rent,
    /// The end of a rental, with its status.
    Finish(Index, i64),
    Sms(Index),
    Resume,
    /// A rule for American numbers, and its worker.
    Restock {
        floor: u32,
        target: u32,
    },
    /// Numbers that were given back are for sale again.
    Relist,
}

impl Step {
    /// Whether the server takes part in it; otherwise nothing changes in it yet.
    pub const fn is_noticed(&self) -> bool {
        match self {
            Self::Faults(..)
            | Self::Reserve(_)
            | Self::Balance(_)
            | Self::Messaging(_)
            | Self::Conflict
            | Self::Provider { .. }
            | Self::Staff(..)
            | Self::Ids(_)
            | Self::Report { .. }
            | Self::Wait(_)
            | Self::Sms(_)
            | Self::Relist => false,
            Self::Order(_)
            | Self::Cancel(_)
            | Self::Work(_)
            | Self::Restart
            | Self::Readdress { .. }
            | Self::Crash { .. }
            | Self::GiveBack { .. }
            | Self::Restore(_)
            | Self::Prove(_)
            | Self::Race(_)
            | Self::Rent
            | Self::Finish(..)
            | Self::Resume
            | Self::Restock { .. } => true,
        }
    }
}

/// Those of all wholesalers, in their order.
pub type Budgets = [&'static str; 4];

/// What a day may cost at CarrierX, where a number costs 0.60, and at the others, where it costs 3.
pub fn budgets() -> impl Strategy<Value = Budgets> {
    let one = || select(vec!["3", "20"]);
    let all = (select(vec!["1.30", "2.50", "9"]), one(), one(), select(vec!["6", "20"]));
    all.prop_map(|(carrierx, multitel, v3, cm)| [carrierx, multitel, v3, cm])
}

pub fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        24 => wanted().prop_map(Step::Order),
        3 => any::<Index>().prop_map(Step::Cancel),
        9 => (wholesale(), vec(fault(), 1..=4)).prop_map(|(who, faults)| Step::Faults(who, faults)),
        1 => any::<Index>().prop_map(Step::Reserve),
        2 => any::<bool>().prop_map(Step::Balance),
        9 => prop_oneof![6 => Just("enabled"), 1 => Just("failed")].prop_map(Step::Messaging),
        1 => Just(Step::Conflict),
        3 => any::<bool>().prop_map(|assigns| Step::Provider { assigns }),
        9 => (any::<Index>(), staff()).prop_map(|(request, does)| Step::Staff(request, does)),
        1 => any::<bool>().prop_map(Step::Ids),
        2 => (any::<Index>(), any::<bool>()).prop_map(|(line, is_forged)| Step::Report { line, is_forged }),
        4 => span().prop_map(Step::Wait),
        30 => span().prop_map(Step::Work),
        1 => Just(Step::Restart),
        2 => any::<bool>().prop_map(|is_secret| Step::Readdress { is_secret }),
        4 => any::<bool>().prop_map(|is_called| Step::Crash { is_called }),
        12 => (any::<Index>(), any::<bool>()).prop_map(|(number, when_free)| Step::GiveBack { number, when_free }),
        6 => any::<Index>().prop_map(Step::Restore),
        4 => any::<Index>().prop_map(Step::Prove),
        2 => any::<Index>().prop_map(Step::Race),
        10 => Just(Step::Rent),
        8 => (any::<Index>(), select(vec![3, 4])).prop_map(|(rental, status)| Step::Finish(rental, status)),
        6 => any::<Index>().prop_map(Step::Sms),
        4 => Just(Step::Resume),
        4 => (1_u32..=3, 0_u32..=3).prop_map(|(floor, more)| Step::Restock { floor, target: floor + more }),
        8 => Just(Step::Relist),
    ]
}

fn wanted() -> impl Strategy<Value = Wanted> {
    prop_oneof![
        4 => vec(any::<Index>(), 1..=2).prop_map(Wanted::American),
        2 => any::<Index>().prop_map(Wanted::External),
        3 => any::<Index>().prop_map(Wanted::French),
        3 => any::<Index>().prop_map(Wanted::Priced),
        4 => (1_u32..=3).prop_map(Wanted::Place),
        3 => (1_u32..=3).prop_map(Wanted::Quantity),
        3 => (1_u32..=2).prop_map(Wanted::Random),
        3 => any::<Index>().prop_map(Wanted::Again),
    ]
}

fn staff() -> impl Strategy<Value = Staff> {
    prop_oneof![
        4 => Just(Staff::Fills),
        2 => Just(Staff::FillsInPart),
        1 => Just(Staff::FillsTooMany),
        2 => Just(Staff::Refuses),
        1 => Just(Staff::Looks),
    ]
}

/// Both APIs of Multitel are one server.
fn wholesale() -> impl Strategy<Value = Wholesale> {
    prop_oneof![3 => Just(Wholesale::CarrierX), 2 => Just(Wholesale::Multitel), 1 => Just(Wholesale::Cm)]
}

/// An answer is lost, before or after the call was carried out, or nothing is carried out, and that is answered.
fn fault() -> impl Strategy<Value = Option<Fault>> {
    let lost = select(vec![
        Trouble::HangsUp,
        Trouble::Answers(ApiAnswer::empty(502)),
        Trouble::Answers(ApiAnswer::text(200, "text/html", "<html>")),
    ]);
    let lost = (any::<bool>(), lost).prop_map(|(acts, trouble)| Some(Fault { acts, trouble }));
    let refused = select(vec![409_u16, 409, 429, 401]).prop_map(|status| {
        Some(Fault {
            acts: false,
            trouble: Trouble::Answers(ApiAnswer::empty(status)),
        })
    });
    prop_oneof![3 => Just(None), 5 => lost, 1 => refused]
}

/// No time, the poll, the pause of a reserved number, hours, and a day: the clock starts at noon.
fn span() -> impl Strategy<Value = Duration> {
    let seconds = prop_oneof![
        4 => Just(0_u64),
        6 => select(vec![60, 300]),
        3 => Just(3600),
        2 => select(vec![5 * 3600, 12 * 3600 - 1, 24 * 3600]),
    ];
    seconds.prop_map(Duration::from_secs)
}
