//! The check for troubles: decides which begin and which end, stores that, and logs one line for each.

mod backups;
mod notify;
mod purchases;
mod state;

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::Mutex;

use super::{Flows, StorageError};
use crate::domain::notification::FAILURES_MIN;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::domain::trouble::{DiskLimits, Transition, Trouble};
use crate::domain::wire_name::CountryName;
use crate::storage::troubles::{self, Symptoms, symptoms};
use crate::storage::{WriteTx, notifications};
use notify::NotificationPlanner;
use state::WatchState;

/// How long an ended trouble is shown.
pub const ENDED_KEPT: Duration = Duration::from_hours(7 * 24);

/// How long a purchase may be unknown before it is a trouble.
const PURCHASE_UNKNOWN: Duration = Duration::from_hours(1);

/// When a condition is a trouble.
#[derive(Debug, Clone, Copy)]
pub struct TroubleLimits {
    /// How long an SMS may wait to be pushed.
    pub sms_overdue: Duration,
    /// How long Onlinesim may send no request while numbers are available.
    pub onlinesim_silent: Duration,
    /// How long a rental waits before it counts as one without an SMS.
    pub rental_silent: Duration,
    /// After how many rentals in a row without an SMS a gateway counts as silent.
    pub silent_rentals: u64,
    /// How old the last backup may be; `None`: the server makes none.
    pub backup_age: Option<Duration>,
    /// How much of the disk has to be free.
    pub disk: DiskLimits,
}

/// Checks for troubles, and keeps what it observed before. A server has one.
#[derive(Debug)]
pub struct TroubleWatch {
    limits: TroubleLimits,
    state: Mutex<WatchState>,
}

impl TroubleWatch {
    /// The one of a server that starts now.
    #[must_use]
    pub fn new(flows: &Flows, limits: TroubleLimits) -> Self {
        let state = WatchState::new(flows.clock.now(), flows.clock.monotonic());
        Self {
            limits,
            state: Mutex::new(state),
        }
    }

    /// Checks once. Nothing is written when nothing changed.
    pub async fn check(&self, flows: &Flows) -> Result<(), StorageError> {
        let mut state = self.state.lock().await;
        let (now, monotonic) = (flows.clock.now(), flows.clock.monotonic());
        state.collect(flows);
        let mut tx = flows.database.read().await?;
        let silent_period = state.silent_period(now.minus(self.limits.rental_silent));
        let (due_before, unknown_since) = (now.minus(self.limits.sms_overdue), now.minus(PURCHASE_UNKNOWN));
        let symptoms = symptoms(&mut tx, now, due_before, silent_period, unknown_since).await?;
        let open = troubles::open(&mut tx).await?;
        let failing = notifications::failing(&mut tx, FAILURES_MIN, now).await?;
        drop(tx);
        let open: Vec<_> = open.into_iter().map(|listed| listed.trouble).collect();
        // If this fails, writes fail, too, and are reported.
        let disk = flows.database.sqlite().and_then(|file| file.disk_space().ok());
        let mut observed = state.observe(&open, &symptoms, disk, &self.limits, (now, monotonic));
        let is_on = |supplier| flows.purchases.accounts.contains_key(&supplier);
        observed.extend(purchases::purchases(&symptoms.purchases, is_on, now));
        if let Some(age_max) = self.limits.backup_age {
            observed.extend(backups::overdue(&flows.backup_status(), age_max, (now, monotonic)));
        }
        observed.extend(notify::failing_channels(&failing, &flows.policies.notifications));
        let transitions = state.watch.update(open.clone(), observed, now);
        let planner = NotificationPlanner {
            policy: &flows.policies.notifications,
            watch: &state.watch,
            failing: &failing,
            now,
        };
        if !transitions.is_empty() || planner.has_new(&open, &state.reported) {
            let mut tx = flows.database.write().await?;
            transitions.iter().for_each(|one| save(&mut tx, one, now));
            let reported = planner.plan(&mut tx, &state.reported).await?;
            tx.commit().await?;
            state.reported = reported;
            flows.wakeups.notifications.notify_one();
        }
        state.settle();
        log(&transitions, &symptoms);
        Ok(())
    }
}

fn save(tx: &mut WriteTx, transition: &Transition, now: Timestamp) {
    match transition {
        Transition::Begins(seen) => troubles::begin(tx, seen, now),
        Transition::Continues(changed) => troubles::update(tx, changed),
        Transition::Ends(ended, ended_at) => {
            troubles::end(tx, ended.id, *ended_at);
            notifications::end(tx, ended.id, now);
            troubles::forget(tx, now.minus(ENDED_KEPT));
        }
    }
}

/// One line when a trouble begins and one when it is over, once that is durable.
fn log(transitions: &[Transition], symptoms: &Symptoms) {
    let names: HashMap<GatewayId, &str> = symptoms
        .gateways
        .iter()
        .map(|one| (one.id, one.name.as_str()))
        .collect();
    let gateway = |trouble: &Trouble| trouble.gateway().and_then(|id| names.get(&id).copied());
    let country = |trouble: &Trouble| trouble.country().map(CountryName::as_str).map(str::to_owned);
    let supplier = |trouble: &Trouble| trouble.supplier().map(<&str>::from);
    for transition in transitions {
        match transition {
            Transition::Begins(seen) => {
                let trouble = &seen.trouble;
                tracing::warn!(
                    kind = trouble.kind(),
                    gateway = gateway(trouble),
                    country = country(trouble),
                    supplier = supplier(trouble),
                    count = seen.count,
                    detail = seen.detail,
                    "a trouble began"
                );
            }
            Transition::Continues(_) => {}
            Transition::Ends(ended, ended_at) => {
                let trouble = &ended.trouble;
                let lasted = Duration::from_secs(ended_at.since(ended.began_at).as_secs());
                tracing::info!(
                    kind = trouble.kind(),
                    gateway = gateway(trouble),
                    country = country(trouble),
                    supplier = supplier(trouble),
                    count = ended.count,
                    lasted = %humantime::format_duration(lasted),
                    "a trouble is over"
                );
            }
        }
    }
}
