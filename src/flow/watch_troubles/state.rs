//! What the check for troubles keeps from one check to the next, and what it observes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::TroubleLimits;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::domain::trouble::{DiskSpace, Observation, OpenTrouble, Trouble, TroubleId, Watch};
use crate::flow::Flows;
use crate::flow::trouble_counters::Counted;
use crate::storage::troubles::Symptoms;

/// What is kept from one check to the next. Holds at most one entry for each gateway.
#[derive(Debug)]
pub(super) struct WatchState {
    /// When each open trouble was last observed.
    pub(super) watch: Watch,
    /// The open troubles whose notifications are stored.
    pub(super) reported: BTreeSet<TroubleId>,
    /// What was counted and is not stored yet.
    counted: Counted,
    /// Whether the first check has been made: see [`WatchState::resume`].
    resumed: bool,
    /// Pushes failed, and none was answered since.
    pushes_fail: bool,
    /// The last request of Onlinesim, or the start, by the monotonic clock; `None`: silent since before the start.
    onlinesim_called: Option<Duration>,
    /// Rentals in a row without an SMS, by gateway.
    silent: BTreeMap<GatewayId, u64>,
    /// Rentals opened up to the first time are counted in `silent`; the current check adds those up to the second time.
    silent_until: (Timestamp, Timestamp),
}

impl WatchState {
    pub(super) fn new(now: Timestamp, monotonic: Duration) -> Self {
        Self {
            watch: Watch::default(),
            reported: BTreeSet::new(),
            counted: Counted::default(),
            resumed: false,
            pushes_fail: false,
            onlinesim_called: Some(monotonic),
            silent: BTreeMap::new(),
            silent_until: (now, now),
        }
    }

    /// Adds what was counted since the last check.
    pub(super) fn collect(&mut self, flows: &Flows) {
        self.counted.merge(flows.troubles.take());
        if let Some((count, slowest)) = flows.database.take_slow_commits() {
            let detail = format!("the slowest took {} ms", slowest.as_millis());
            self.counted.add(Trouble::CommitsSlow, count, detail);
        }
    }

    /// When the rentals were opened that this check counts: after the first time, up to the second one.
    pub(super) fn silent_period(&mut self, until: Timestamp) -> (Timestamp, Timestamp) {
        // Not earlier than before: if the clock was set back, nothing is counted twice.
        self.silent_until.1 = until.max(self.silent_until.0);
        self.silent_until
    }

    /// Called when what was decided is stored: counting starts again at zero.
    pub(super) fn settle(&mut self) {
        self.counted = Counted::default();
    }

    /// What is observed now: at most one observation of each trouble.
    pub(super) fn observe(
        &mut self,
        open: &[OpenTrouble],
        symptoms: &Symptoms,
        disk: Option<DiskSpace>,
        limits: &TroubleLimits,
        (now, monotonic): (Timestamp, Duration),
    ) -> Vec<Observation> {
        self.resume(open);
        let mut observed: Vec<Observation> = self.counted.observations().collect();
        observed.extend(self.pushes());
        observed.extend(overdue(symptoms, now));
        observed.extend(offline(symptoms));
        observed.extend(self.silent_gateways(symptoms, limits));
        observed.extend(self.onlinesim(symptoms, limits, monotonic));
        observed.extend(out_of_stock(symptoms));
        observed.extend(disk.filter(|disk| disk.is_low(limits.disk)).map(disk_low));
        // A gateway may have been deleted since its events were counted.
        let exists = |id| symptoms.gateways.iter().any(|gateway| gateway.id == id);
        observed.retain(|one| one.trouble.gateway().is_none_or(exists));
        observed
    }

    /// At the first check: a trouble that was open when the server stopped stays open until its end is observed.
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

    /// Pushes count as failing until a check finds one answered and none failed.
    fn pushes(&mut self) -> Option<Observation> {
        if self.counted.has(&Trouble::PushesFailing) {
            self.pushes_fail = true;
            // They are among the counted events.
            return None;
        }
        self.pushes_fail &= !self.counted.push_answered;
        self.pushes_fail
            .then(|| observation(Trouble::PushesFailing, 0, String::new()))
    }

    fn silent_gateways(&mut self, symptoms: &Symptoms, limits: &TroubleLimits) -> Vec<Observation> {
        self.silent_until.0 = self.silent_until.1;
        for (gateway, rentals) in &symptoms.silent {
            *self.silent.entry(*gateway).or_default() += rentals;
        }
        let counted = &self.counted;
        self.silent.retain(|gateway, _| {
            !counted.sms_from.contains(gateway) && symptoms.gateways.iter().any(|one| one.id == *gateway)
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

    fn onlinesim(&mut self, symptoms: &Symptoms, limits: &TroubleLimits, monotonic: Duration) -> Option<Observation> {
        if self.counted.onlinesim_called {
            self.onlinesim_called = Some(monotonic);
        }
        let is_silent = |called: Duration| monotonic.saturating_sub(called) >= limits.onlinesim_silent;
        let silent = !symptoms.promise.is_empty() && self.onlinesim_called.is_none_or(is_silent);
        silent.then(|| {
            let detail = format!(
                "no request with a valid key for {}",
                whole_seconds(limits.onlinesim_silent)
            );
            observation(Trouble::OnlinesimSilent, 1, detail)
        })
    }
}

pub(super) fn observation(trouble: Trouble, count: u64, detail: String) -> Observation {
    Observation { trouble, count, detail }
}

/// A duration in whole seconds, for people.
pub(super) fn whole_seconds(duration: Duration) -> String {
    humantime::format_duration(Duration::from_secs(duration.as_secs())).to_string()
}

fn overdue(symptoms: &Symptoms, now: Timestamp) -> Option<Observation> {
    symptoms.overdue.map(|(oldest, count)| {
        let detail = format!("the oldest has waited {}", whole_seconds(now.since(oldest)));
        observation(Trouble::SmsOverdue, count, detail)
    })
}

fn offline(symptoms: &Symptoms) -> impl Iterator<Item = Observation> {
    let offline = symptoms
        .gateways
        .iter()
        .filter(|gateway| !gateway.online && gateway.numbers > 0);
    offline.map(|gateway| {
        let detail = "no heartbeat and no SMS within its heartbeat_timeout: its numbers are not promised";
        observation(Trouble::GatewayOffline(gateway.id), gateway.numbers, detail.to_owned())
    })
}

fn out_of_stock(symptoms: &Symptoms) -> impl Iterator<Item = Observation> {
    let without = symptoms
        .countries
        .iter()
        .filter(|country| !symptoms.promise.contains_key(*country));
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
