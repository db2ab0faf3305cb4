//! What gateways deliver: whole SMS and parts, repeated as they were or changed.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::super::incoming::Cut;
use super::super::state::{HOUR, MINUTE, PushAnswer};
use super::{LINES, Pick, Step, pick};

/// Digits that are not a number of ours, and a short code.
const FOREIGN: [&str; 4] = ["46703", "4670", "123456789012345", "467010"];
/// A line that no number ever has.
pub const NO_LINE: &str = "modem9";

/// An SMS that a gateway delivers.
#[derive(Debug, Clone)]
pub enum Given {
    New(Fresh),
    /// A part of the message of which a part came lately, so many places after that one.
    Rest {
        of: Pick,
        further: u8,
        is_plain: bool,
        cut: Cut,
        sent: Option<i64>,
    },
    /// One that came lately.
    Again(Pick, Twist),
}

#[derive(Debug, Clone)]
pub struct Fresh {
    pub gateway: Pick,
    pub to: Target,
    pub sender: &'static str,
    pub id: ExternalId,
    /// How long ago, if that is known.
    pub sent: Option<i64>,
    pub part: Option<FreshPart>,
    pub push_answers: Vec<PushAnswer>,
}

#[derive(Debug, Clone)]
pub struct FreshPart {
    pub reference: u16,
    pub total: u8,
    /// One of the places from 1 to the total.
    pub place: Pick,
    /// Has the text of each other part at that place.
    pub is_plain: bool,
    pub cut: Cut,
}

#[derive(Debug, Clone)]
pub enum Target {
    Rented(Pick),
    Own(Pick),
    Foreign(&'static str),
    /// The line of a number that has one, maybe after one that no number has.
    LineOf(Pick, bool),
    /// Lines of any gateway.
    Lines(Vec<&'static str>),
}

#[derive(Debug, Clone)]
pub enum ExternalId {
    None,
    Fresh,
    /// One that was given to another SMS before, if there is one; to another part of the same message, if it is a part.
    Again(Pick),
}

/// In what an SMS that comes again differs.
#[derive(Debug, Clone, Copy)]
pub enum Twist {
    Nothing,
    Gateway,
    Sender,
    SentAt(Option<i64>),
    Id,
    NoId,
}

pub fn sms() -> impl Strategy<Value = Step> {
    let part = || fresh(3, part().prop_map(Some).boxed()).prop_map(Given::New);
    let one = move || {
        prop_oneof![
            10 => fresh(1, Just(None).boxed()).prop_map(Given::New),
            4 => part(),
            9 => rest(),
            5 => (pick(), twist()).prop_map(|(lately, twist)| Given::Again(lately, twist)),
        ]
    };
    // The parts of a message that come together.
    let parts = (part(), vec(rest(), 1..=3)).prop_map(|(part, rest)| [vec![part], rest].concat());
    let batch = prop_oneof![10 => vec(one(), 1), 1 => vec(one(), 2..=4), 2 => parts];
    (batch, prop::bool::weighted(0.1)).prop_map(|(batch, twice)| Step::Sms { batch, twice })
}

/// Parts are more for lines and for numbers without a renter than whole SMS are.
fn fresh(spread: u32, part: BoxedStrategy<Option<FreshPart>>) -> impl Strategy<Value = Fresh> {
    let id = prop_oneof![
        3 => Just(ExternalId::None),
        3 => Just(ExternalId::Fresh),
        1 => pick().prop_map(ExternalId::Again),
    ];
    let sender = prop_oneof![4 => Just("Service"), 1 => Just("service")];
    (pick(), target(spread), sender, id, sent(), part, push_answers()).prop_map(
        |(gateway, to, sender, id, sent, part, push_answers)| Fresh {
            gateway,
            to,
            sender,
            id,
            sent,
            part,
            push_answers,
        },
    )
}

fn part() -> impl Strategy<Value = FreshPart> {
    let total = prop_oneof![2 => Just(2_u8), 2 => Just(3), 1 => Just(4)];
    let parts = (7_u16..=8, total, pick(), prop::bool::weighted(0.3), cut());
    parts.prop_map(|(reference, total, place, is_plain, cut)| FreshPart {
        reference,
        total,
        place,
        is_plain,
        cut,
    })
}

/// Mostly all or nothing, so that halves meet.
fn cut() -> impl Strategy<Value = Cut> {
    let cut = |begins, ends| Just(Cut { begins, ends });
    prop_oneof![4 => cut(false, false), 3 => cut(true, true), 1 => cut(true, false), 1 => cut(false, true)]
}

fn rest() -> impl Strategy<Value = Given> {
    let rest = (pick(), 1_u8..=3, prop::bool::weighted(0.3), cut(), sent());
    rest.prop_map(|(of, further, is_plain, cut, sent)| Given::Rest {
        of,
        further,
        is_plain,
        cut,
        sent,
    })
}

fn twist() -> impl Strategy<Value = Twist> {
    prop_oneof![
        6 => Just(Twist::Nothing),
        1 => Just(Twist::Gateway),
        1 => Just(Twist::Sender),
        4 => sent().prop_map(Twist::SentAt),
        1 => Just(Twist::Id),
        1 => Just(Twist::NoId),
    ]
}

fn sent() -> impl Strategy<Value = Option<i64>> {
    let at_once = select(vec![0, 1, 5000]);
    // Around the tolerance, and by another time zone.
    let earlier = select(vec![2 * MINUTE, 2 * MINUTE + 1, 4 * MINUTE, 3 * HOUR]);
    prop_oneof![5 => Just(None), 4 => at_once.prop_map(Some), 1 => earlier.prop_map(Some)]
}

fn target(spread: u32) -> impl Strategy<Value = Target> {
    let lines = vec(prop_oneof![5 => select(&LINES[..]), 1 => Just(NO_LINE)], 1..=3);
    prop_oneof![
        8 => pick().prop_map(Target::Rented),
        spread => pick().prop_map(Target::Own),
        1 => select(&FOREIGN[..]).prop_map(Target::Foreign),
        1 + spread => (pick(), any::<bool>()).prop_map(|(number, is_second)| Target::LineOf(number, is_second)),
        1 => lines.prop_map(Target::Lines),
    ]
}

fn push_answers() -> impl Strategy<Value = Vec<PushAnswer>> {
    let answer = prop_oneof![
        2 => Just(PushAnswer::Success),
        1 => Just(PushAnswer::NoOperation),
        2 => Just(PushAnswer::BadService),
        4 => Just(PushAnswer::Http500),
        1 => Just(PushAnswer::Ignored),
        1 => Just(PushAnswer::Broken),
    ];
    // A message that is declined again and again.
    let no =
        prop_oneof![4 => Just(PushAnswer::Ignored), 2 => Just(PushAnswer::Http400), 1 => Just(PushAnswer::Http500)];
    prop_oneof![3 => Just(Vec::new()), 6 => vec(answer, 1..=4), 2 => vec(no, 3..=7)]
}
