//! Every API against input that nobody would send on purpose: bytes, JSON and files that are arbitrary, and such that are
//! right but for a field. Nothing panics, nothing is answered with a 5xx, every refusal names the field.
//!
//! One file per API. The same inputs come each time, so that a change that passes passes again; `PROPTEST_CASES=20000
//! cargo test --test it fuzz` tries that many others per test.

mod adapters;
mod admin;
mod config;
mod gateway;
mod import;
mod input;
mod onlinesim;
mod programs;

use std::collections::BTreeMap;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestRunner};

use crate::support::{Answer, TestServer};

/// Chosen by nobody; another one would do as well.
const SEED: u64 = 46_701;

/// `cases` inputs that are the same each time; or as many others as `PROPTEST_CASES`.
fn runner(cases: u32) -> TestRunner {
    let chosen = std::env::var_os("PROPTEST_CASES").is_some();
    let usual = Config {
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(if chosen {
        usual
    } else {
        Config {
            cases,
            rng_seed: RngSeed::Fixed(SEED),
            ..usual
        }
    })
}

/// Checks each input; the smallest one that fails is shown.
fn each<S: Strategy>(cases: u32, inputs: &S, check: impl Fn(S::Value)) {
    let outcome = runner(cases).run(inputs, |input| {
        check(input);
        Ok::<(), TestCaseError>(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
}

/// Checks each input against one server, that `open` has furnished; at the end its ledger must be in order.
fn each_in_a_server<S: Strategy, C>(
    cases: u32,
    inputs: &S,
    open: impl AsyncFnOnce(&TestServer) -> C,
    check: impl AsyncFn(&TestServer, &C, S::Value),
) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let server = runtime.block_on(TestServer::build());
    let context = runtime.block_on(open(&server));
    each(cases, inputs, |input| runtime.block_on(check(&server, &context, input)));
    runtime.block_on(async {
        server.tick().await;
        server.close().await;
    });
}

/// An answer is not a 5xx, and a refusal has a sentence in that field of its JSON; returned is the sentence.
#[track_caller]
fn sentence(answer: &Answer, field: &str) -> Option<String> {
    assert!(answer.code() < 500, "{}", answer.golden());
    if answer.code() < 400 {
        return None;
    }
    let sentence = answer.json()[field].as_str().unwrap_or_default().to_owned();
    assert!(!sentence.trim().is_empty(), "{}", answer.golden());
    Some(sentence)
}

/// How often each kind of answer came: a test in which everything is refused has tested little.
#[derive(Default)]
struct Tally(std::cell::RefCell<BTreeMap<u16, usize>>);

impl Tally {
    fn note(&self, answer: &Answer) {
        *self.0.borrow_mut().entry(answer.code()).or_default() += 1;
    }

    #[track_caller]
    fn has(&self, codes: &[u16]) {
        let tally = self.0.borrow();
        assert!(codes.iter().all(|code| tally.contains_key(code)), "{tally:?}");
    }
}
