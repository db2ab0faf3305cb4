//! What the watch for troubles remembers from look to look, and what it makes of it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::TroubleLimits;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::domain::trouble::{DiskSpace, Observation, OpenTrouble, Trouble, Watch};
use crate::flow::Flows;
use crate::flow::trouble_counters::Counted;
use crate::storage::troubles::Signs;

/// What outlives a look. Holds an entry for each gateway at most.
#[derive(Debug)]
pub(super) struct WatchState {
    /// When each open trouble was last seen.
    pub(super) watch: Watch,
    /// What was counted and is not stored yet.
    counted: Counted,
    /// What was open at the start was taken over.
    resumed: bool,
    /// The last push that was answered at all failed.
    pushes_fail: bool,
    /// The last request of Onlinesim, or the start, by the monotonic clock; `None`: silent since before the start.
    onlinesim_called: Option<Duration>,
    /// Rentals in a row without an SMS, by gateway.
    silent: BTreeMap<GatewayId, u64>,
    /// Rentals opened until then are counted in `silent`; the look under way takes it on to the second one.
    silent_until: (Timestamp, Timestamp),
}

impl WatchState {
    pub(super) fn new(now: Timestamp, steady: Duration) -> Self {
        Self {
            watch: Watch::default(),
            counted: Counted::default(),
            resumed: false,
            pushes_fail: false,
            onlinesim_called: Some(steady),
            silent: BTreeMap::new(),
            silent_until: (now, now),
        }
    }

    /// Takes over what was counted since the last look.
    pub(super) fn collect(&mut self, flows: &Flows) {
        self.counted.merge(flows.troubles.take());
        if let Some((count, slowest)) = flows.database.take_slow_commits() {
            let detail = format!("the slowest took {} ms", slowest.as_millis());
            self.counted.add(Trouble::CommitsSlow, count, detail);
        }
    }

    /// When rentals were opened that are now counted for the first time: after the first moment, until the second one.
    pub(super) fn silent_span(&mut self, until: Timestamp) -> (Timestamp, Timestamp) {
        // A clock that was put back: nothing is counted twice.
        self.silent_until.1 = until.max(self.silent_until.0);
        self.silent_until
    }

    /// What was decided is stored: what was counted for it is not counted again.
    pub(super) fn settle(&mut self) {
        self.counted = Counted::default();
    }

    /// What is wrong now: at most one observation of each trouble.
    pub(super) fn observe(
        &mut self,
        open: &[OpenTrouble],
        signs: &Signs,
        disk: Option<DiskSpace>,
        limits: &TroubleLimits,
        (now, steady): (Timestamp, Duration),
    ) -> Vec<Observation> {
        self.resume(open);
        let mut observed: Vec<Observation> = self.counted.observations().collect();
        observed.extend(self.pushes());
        observed.extend(overdue(signs, now));
        observed.extend(offline(signs));
        observed.extend(self.silent_gateways(signs, limits));
        observed.extend(self.onlinesim(signs, limits, steady));
        observed.extend(out_of_stock(signs));
        observed.extend(disk.filter(|disk| disk.is_low(limits.disk)).map(disk_low));
        // A gateway may have been deleted since its events were counted.
        let exists = |id| signs.gateways.iter().any(|gateway| gateway.id == id);
        observed.retain(|one| one.trouble.gateway().is_none_or(exists));
        observed
    }

    /// At the first look: what was open when the server stopped is so until its end is seen.
    fn resume(&mut self, open: &[OpenTrouble]) {
        if std::mem::replace(&mut self.resumed, true) {
            return;
        }
        for one in open {
            match one.trouble {
                Trouble::PushesFailing => self.pushes_fail = true,
                Trouble::OnlinesimSilent => self.onlinesim_called = None,
                Trouble::GatewaySilent(gateway) => drop(self.silent.insert(gateway, one.count)),
                _ => {}
            }
        }
    }

    /// Pushes fail until one was answered and none failed.
    fn pushes(&mut self) -> Option<Observation> {
        if self.counted.has(&Trouble::PushesFailing) {
            self.pushes_fail = true;
            // Its events are observed already.
            return None;
        }
        self.pushes_fail &= !self.counted.push_answered;
        self.pushes_fail
            .then(|| observation(Trouble::PushesFailing, 0, String::new()))
    }

    fn silent_gateways(&mut self, signs: &Signs, limits: &TroubleLimits) -> Vec<Observation> {
        self.silent_until.0 = self.silent_until.1;
        for (gateway, rentals) in &signs.silent {
            *self.silent.entry(*gateway).or_default() += rentals;
        }
        let counted = &self.counted;
        self.silent.retain(|gateway, _| {
            !counted.sms_from.contains(gateway) && signs.gateways.iter().any(|one| one.id == *gateway)
        });
        self.silent
            .iter()
            .filter(|(_, rentals)| **rentals >= limits.silent_rentals)
            .map(|(gateway, rentals)| {
                let detail = format!("{rentals} rentals in a row without an SMS from this gateway");
                observation(Trouble::GatewaySilent(*gateway), *rentals, detail)
            })
            .collect()
    }

    fn onlinesim(&mut self, signs: &Signs, limits: &TroubleLimits, steady: Duration) -> Option<Observation> {
        if self.counted.onlinesim_called {
            self.onlinesim_called = Some(steady);
        }
        let is_silent = |called: Duration| steady.saturating_sub(called) >= limits.onlinesim_silent;
        let silent = !signs.promise.is_empty() && self.onlinesim_called.is_none_or(is_silent);
        silent.then(|| {
            let detail = format!("no request with a right key for {}", words(limits.onlinesim_silent));
            observation(Trouble::OnlinesimSilent, 1, detail)
        })
    }
}

fn observation(trouble: Trouble, count: u64, detail: String) -> Observation {
    Observation { trouble, count, detail }
}

/// A span in whole seconds, for people.
fn words(span: Duration) -> String {
    humantime::format_duration(Duration::from_secs(span.as_secs())).to_string()
}

fn overdue(signs: &Signs, now: Timestamp) -> Option<Observation> {
    signs.overdue.map(|(oldest, count)| {
        let detail = format!("the oldest has waited {}", words(now.since(oldest)));
        observation(Trouble::SmsOverdue, count, detail)
    })
}

fn offline(signs: &Signs) -> impl Iterator<Item = Observation> {
    let offline = signs
        .gateways
        .iter()
        .filter(|gateway| !gateway.online && gateway.numbers > 0);
    offline.map(|gateway| {
        let detail = "no heartbeat and no SMS within its heartbeat_timeout: its numbers are not promised";
        observation(Trouble::GatewayOffline(gateway.id), gateway.numbers, detail.to_owned())
    })
}

fn out_of_stock(signs: &Signs) -> impl Iterator<Item = Observation> {
    let without = signs
        .countries
        .iter()
        .filter(|country| !signs.promise.contains_key(*country));
    without.map(|country| {
        let detail = "all of its numbers are rented, resting or banned, or their gateways are offline or at capacity";
        observation(Trouble::OutOfStock(country.clone()), 1, detail.to_owned())
    })
}

fn disk_low(disk: DiskSpace) -> Observation {
    let (free_mib, percent) = (disk.free_bytes >> 20, disk.free_percent());
    let detail = format!("{free_mib} MiB are free, {percent} % of the disk of the database");
    observation(Trouble::DiskLow, 1, detail)
}
