//! What happened in a run: a model that agrees about nothing has tested nothing.

use std::collections::BTreeMap;

/// What a run of some dozen sequences has to lead to, or its budget proves little.
const REQUIRED: [&str; 75] = [
    "rented",
    "rented at the same instant",
    "no numbers",
    "no numbers for want of capacity",
    "gateway disabled",
    "refused: the gateway is disabled",
    "no numbers while some rest",
    "answer lost",
    "answer lost and released",
    "message of a rental",
    "message of nobody",
    "message known already",
    "several at once",
    "known by its id",
    "id of another",
    "unknown_line",
    "not_ours",
    "other_gateway",
    "not_rented",
    "sent_before_rental",
    "sent to the previous renter",
    "rental_over",
    "too_many",
    "withheld from a renter",
    "withheld, of nobody",
    "repeated to another renter",
    "known by its content",
    "known, though only one has a sending time",
    "repeated later",
    "line known",
    "line known, not the first",
    "line unknown",
    "line of another gateway",
    "line changed",
    "line taken",
    "import: line changed",
    "import: line taken",
    "import: moved with a line",
    "import: rented",
    "part that waits",
    "part known by its content",
    "part too late",
    "part too late for its renter",
    "concatenated SMS of a rental",
    "concatenated SMS of nobody",
    "incomplete: the others did not come",
    "incomplete: its rental ended",
    "restarted between parts",
    "halves of an emoji met",
    "half an emoji alone",
    "push accepted",
    "push failed",
    "push declined",
    "passed one that stands behind",
    "took its turn behind",
    "push refused: BAD_SERVICE",
    "parked",
    "parked for another renter",
    "expired",
    "strike",
    "banned by strikes",
    "ban over",
    "ban lifted",
    "rest over",
    "rest shortened because the clock was set back",
    "sold",
    "credit reversed",
    "credited late",
    "contradicted",
    "repeated",
    "clock set on",
    "clock set back",
    "spared because the clock was set",
    "nothing written while locked",
    "restarted while pushes were under way",
];

/// How often each thing happened.
#[derive(Debug, Default, Clone)]
pub struct Seen(BTreeMap<&'static str, usize>);

impl Seen {
    pub fn note(&mut self, what: &'static str, count: usize) {
        *self.0.entry(what).or_default() += count;
    }

    pub fn add(&mut self, other: &Self) {
        for (what, count) in &other.0 {
            self.note(what, *count);
        }
    }

    pub fn is_enough(&self) {
        let missing: Vec<&str> = REQUIRED
            .into_iter()
            .filter(|what| self.0.get(what).copied().unwrap_or(0) == 0)
            .collect();
        assert!(missing.is_empty(), "never happened: {missing:?} in {self:#?}");
    }
}
