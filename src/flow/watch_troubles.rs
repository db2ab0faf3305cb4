//! The watch for troubles: looks, decides what begins and what is over, stores that, and logs one line for each.

mod state;

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::Mutex;

use super::{Flows, StorageError};
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::domain::trouble::{DiskLimits, Transition, Trouble};
use crate::domain::wire_name::CountryName;
use crate::storage::WriteTx;
use crate::storage::troubles::{self, Signs, signs};
use state::WatchState;

/// How long an ended trouble is shown.
pub const ENDED_KEPT: Duration = Duration::from_hours(7 * 24);

/// When a condition is a trouble.
#[derive(Debug, Clone, Copy)]
pub struct TroubleLimits {
    /// How long an SMS may wait to be pushed.
    pub sms_overdue: Duration,
    /// How long Onlinesim may ask for nothing while numbers are available.
    pub onlinesim_silent: Duration,
    /// How long a rental waits before it counts as one without an SMS.
    pub rental_silent: Duration,
    /// How many rentals in a row without an SMS make a gateway a silent one.
    pub silent_rentals: u64,
    /// How much of the disk has to be free.
    pub disk: DiskLimits,
}

/// Watches for troubles. There is one in a server: what it saw before is kept here.
#[derive(Debug)]
pub struct TroubleWatch {
    limits: TroubleLimits,
    memory: Mutex<WatchState>,
}

impl TroubleWatch {
    /// A watch of a server that starts now.
    #[must_use]
    pub fn new(flows: &Flows, limits: TroubleLimits) -> Self {
        let memory = WatchState::new(flows.clock.now(), flows.clock.monotonic());
        Self {
            limits,
            memory: Mutex::new(memory),
        }
    }

    /// One look. Nothing is written when nothing changed.
    pub async fn look(&self, flows: &Flows) -> Result<(), StorageError> {
        let mut memory = self.memory.lock().await;
        let (now, steady) = (flows.clock.now(), flows.clock.monotonic());
        memory.collect(flows);
        let mut session = flows.database.read().await?;
        let silent_span = memory.silent_span(now.minus(self.limits.rental_silent));
        let signs = signs(&mut session, now, now.minus(self.limits.sms_overdue), silent_span).await?;
        let open = troubles::open(&mut session).await?;
        drop(session);
        let open: Vec<_> = open.into_iter().map(|listed| listed.trouble).collect();
        // A disk that does not answer shows in the writes that fail on it.
        let disk = flows.database.disk_space().ok();
        let observed = memory.observe(&open, &signs, disk, &self.limits, (now, steady));
        let transitions = memory.watch.look(open, observed, now);
        if !transitions.is_empty() {
            let mut tx = flows.database.write().await?;
            transitions.iter().for_each(|one| save(&mut tx, one, now));
            tx.commit().await?;
        }
        memory.settle();
        log(&transitions, &signs);
        Ok(())
    }
}

fn save(tx: &mut WriteTx, transition: &Transition, now: Timestamp) {
    match transition {
        Transition::Begins(seen) => troubles::begin(tx, seen, now),
        Transition::Goes(changed) => troubles::update(tx, changed),
        Transition::Ends(ended, ended_at) => {
            troubles::end(tx, ended.id, *ended_at);
            troubles::forget(tx, now.minus(ENDED_KEPT));
        }
    }
}

/// One line when a trouble begins and one when it is over, once that is durable.
fn log(transitions: &[Transition], signs: &Signs) {
    let names: HashMap<GatewayId, &str> = signs.gateways.iter().map(|one| (one.id, one.name.as_str())).collect();
    let gateway = |trouble: &Trouble| trouble.gateway().and_then(|id| names.get(&id).copied());
    let country = |trouble: &Trouble| trouble.country().map(CountryName::as_str).map(str::to_owned);
    for transition in transitions {
        match transition {
            Transition::Begins(seen) => {
                let trouble = &seen.trouble;
                tracing::warn!(
                    kind = trouble.kind(),
                    gateway = gateway(trouble),
                    country = country(trouble),
                    count = seen.count,
                    detail = seen.detail,
                    "a trouble began"
                );
            }
            Transition::Goes(_) => {}
            Transition::Ends(ended, ended_at) => {
                let trouble = &ended.trouble;
                let lasted = Duration::from_secs(ended_at.since(ended.began_at).as_secs());
                tracing::info!(
                    kind = trouble.kind(),
                    gateway = gateway(trouble),
                    country = country(trouble),
                    count = ended.count,
                    lasted = %humantime::format_duration(lasted),
                    "a trouble is over"
                );
            }
        }
    }
}
