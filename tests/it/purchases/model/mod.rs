//! Random sequences of what the partner, four wholesalers, renters and time do to purchases. After each step rules 13 to 16 are
//! checked against the wholesalers' own books, and once more, strictly, when everything has settled.
//!
//! [`plan`] makes the sequences, [`drive`], [`orders`], [`requests`] and [`sms`] take their steps, [`settle`] ends them, [`books`]
//! reads what wholesalers and the admin API have, [`rules`] compares the two. Nothing here is taken from the server's code.

mod books;
mod drive;
mod orders;
mod plan;
mod requests;
mod rules;
mod settle;
mod sms;

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};

use drive::Case;
use plan::{Budgets, Step};

/// What a run has to lead to, or it proves little.
const REQUIRED: [&str; 29] = [
    "ordered",
    "order refused: taken",
    "cancelled",
    "nothing to cancel",
    "bought at carrierx",
    "bought at multitel",
    "bought at multitel-v3",
    "requested at cm",
    "bought again after it was given back",
    "filled at cm",
    "filled with too many",
    "reported",
    "assigned by a provider",
    "unknown",
    "waiting",
    "unproven",
    "proven by the partner",
    "sms",
    "planned: over budget",
    "refused",
    "refused, and ours",
    "wiring",
    "crashed between intent and answer",
    "another address while numbers are stocked",
    "rented",
    "give-back asked",
    "give-back refused",
    "resumed",
    "restocked",
];

/// How often each thing happened.
type Seen = BTreeMap<&'static str, usize>;

/// Runs so many sequences of up to so many steps, most of them nearly as long; the shortest one that fails is shown.
fn run(cases: u32, steps: usize, seed: RngSeed) -> Seen {
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: u32::MAX,
        max_shrink_time: 60_000,
        rng_seed: seed,
        ..Config::default()
    };
    let seen = RefCell::new(Seen::new());
    let sequences = (
        plan::budgets(),
        proptest::collection::vec(plan::step(), steps * 3 / 4..=steps),
    );
    let outcome = TestRunner::new(config).run(&sequences, |(budgets, steps)| {
        for (what, count) in play(budgets, &steps) {
            *seen.borrow_mut().entry(what).or_default() += count;
        }
        Ok::<(), TestCaseError>(())
    });
    match outcome {
        Ok(()) => seen.into_inner(),
        Err(TestError::Fail(reason, (budgets, steps))) => {
            let steps: String = steps.iter().map(|step| format!("\n  {step:?}")).collect();
            panic!("{reason}\nthe shortest sequence that fails, with budgets {budgets:?}:{steps}");
        }
        Err(TestError::Abort(reason)) => panic!("{reason}"),
    }
}

fn play(budgets: Budgets, steps: &[Step]) -> Seen {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut case = Case::start(budgets).await;
        for step in steps {
            case.take(step).await;
        }
        case.end().await
    })
}

#[test]
fn rules_13_to_16_hold_in_random_sequences() {
    // Chosen by nobody; another seed would do as well.
    let seed = std::env::var("TUNE")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(46_702);
    let seen = run(6, 100, RngSeed::Fixed(seed));
    println!("{seen:#?}");
    let missing: Vec<_> = REQUIRED.iter().filter(|what| !seen.contains_key(*what)).collect();
    assert!(missing.is_empty(), "never happened: {missing:?}");
}

#[test]
#[ignore = "long budget: run by hand with --ignored; PROPTEST_CASES sets how long"]
fn rules_13_to_16_hold_for_long() {
    println!("{:#?}", run(Config::default().cases, 120, RngSeed::Random));
}
