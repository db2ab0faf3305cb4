//! What callers write down, and when it was.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::sync::watch;

use super::process::Place;

/// What callers saw.
#[derive(Default)]
pub struct Seen {
    /// Operation -> number, sum.
    pub rented: BTreeMap<i64, (u64, Value)>,
    /// Operation -> status, sum.
    pub finished: BTreeMap<i64, (i64, Value)>,
    /// Texts that were sent -> the operation to which they belong.
    pub sent: BTreeMap<String, Option<i64>>,
    /// Texts for which there was a 200.
    pub accepted: BTreeSet<String>,
    /// Texts whose first push is answered with 500.
    pub flaky: BTreeSet<String>,
    /// Numbers that callers hold now.
    pub(super) held: BTreeSet<u64>,
    /// GET_NUMBER that got no answer.
    pub unanswered: usize,
    /// How long the journal of the disk was when each of the answers came.
    pub(super) stamps: Vec<(u64, Stamped)>,
}

#[derive(Clone)]
pub(super) enum Stamped {
    Rented(i64),
    Finished(i64),
    Accepted(String),
}

impl Seen {
    /// When requests were answered.
    pub fn stamps(&self) -> Vec<u64> {
        self.stamps.iter().map(|(at, _)| *at).collect()
    }

    /// What was answered when the journal was that long. Whatever else was asked may have been done or not.
    pub fn by(&self, journal: u64) -> Self {
        let mut seen = Self {
            sent: self.sent.clone(),
            flaky: self.flaky.clone(),
            unanswered: usize::MAX,
            ..Self::default()
        };
        for (_, stamped) in self.stamps.iter().filter(|(at, _)| *at <= journal) {
            match stamped {
                Stamped::Rented(id) => {
                    seen.rented.insert(*id, self.rented[id].clone());
                }
                Stamped::Finished(id) => {
                    seen.finished.insert(*id, self.finished[id].clone());
                }
                Stamped::Accepted(text) => {
                    seen.accepted.insert(text.clone());
                }
            }
        }
        seen
    }
}

/// What all callers share.
pub struct Load {
    pub seen: Mutex<Seen>,
    pub place: Arc<Place>,
    pub tokens: [String; 2],
    /// How many answers came.
    pub answers: watch::Sender<usize>,
    /// From now on a connection may break.
    pub dying: AtomicBool,
    /// Callers end after the answer that they wait for.
    pub ending: AtomicBool,
    /// The writes and syncs of the disk, if they are recorded.
    journal: Option<PathBuf>,
}

impl Load {
    pub fn new(place: Arc<Place>, tokens: [String; 2], journal: Option<PathBuf>) -> Self {
        Self {
            seen: Mutex::default(),
            place,
            tokens,
            answers: watch::Sender::new(0),
            dying: AtomicBool::new(false),
            ending: AtomicBool::new(false),
            journal,
        }
    }

    pub fn take(&self) -> Seen {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    pub fn put(&self, seen: Seen) {
        *self.seen.lock().unwrap() = seen;
    }

    pub(super) fn stamp(&self) -> u64 {
        let journal = self.journal.as_ref();
        journal.map_or(0, |path| std::fs::metadata(path).unwrap().len())
    }
}
