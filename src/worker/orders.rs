//! Calls wholesalers: purchases, look-ups, the set-up of SMS, and give-backs. Several lines in parallel. A line has one call at a
//! time, unless its supplier reports on it meanwhile: then it is read once more, and the later answer finds it changed. A crash
//! anywhere leaves lines that become due again (rule 13).

mod call;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, Notify};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::call::Caller;
use super::Worker;
use crate::domain::country::CountryNames;
use crate::domain::purchase::line::calls::CallAnswer;
use crate::flow::claim_purchases::{PurchaseCapacity, PurchaseWork};
use crate::flow::{Flows, StorageError};
use crate::supplier::registry::Suppliers;

/// Calls at a time.
const PARALLEL: usize = 8;
/// A call may consist of so many exchanges, each within the timeout: a search and a list have pages.
const EXCHANGES: u32 = 4;
/// How much longer than its calls a lease is, so that their answers can be recorded.
const LEASE_MARGIN: Duration = Duration::from_secs(20);

/// The shortest sleep while calls are in flight.
const POLL_INTERVAL_MIN: Duration = Duration::from_millis(100);

/// The worker.
pub struct Orders {
    flows: Flows,
    caller: Caller,
    countries: Arc<CountryNames>,
    poll: Duration,
    due: Arc<Notify>,
    stop: CancellationToken,
    in_flight: Mutex<InFlight>,
}

/// Kept when a pass fails, so that no answer is lost.
#[derive(Default)]
struct InFlight {
    calls: JoinSet<(PurchaseWork, CallAnswer)>,
    /// Answers that are not recorded yet.
    answered: Vec<(PurchaseWork, CallAnswer)>,
}

impl Orders {
    /// Calls these suppliers, each exchange within `timeout`; `gateway_base`: the public address of the gateways. `due` wakes
    /// it. After `stop` nothing new is claimed.
    #[must_use]
    pub fn new(
        flows: Flows,
        suppliers: Suppliers,
        (gateway_base, timeout): (String, Duration),
        countries: Arc<CountryNames>,
        due: Arc<Notify>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            poll: flows.purchase_policy().poll,
            flows,
            caller: Caller {
                suppliers,
                gateway_base,
                timeout: timeout.saturating_mul(EXCHANGES),
            },
            countries,
            due,
            stop,
            in_flight: Mutex::default(),
        }
    }

    async fn claim(&self, busy: usize) -> Result<Vec<PurchaseWork>, StorageError> {
        let free = PARALLEL.saturating_sub(busy);
        if free == 0 || self.stop.is_cancelled() {
            return Ok(Vec::new());
        }
        let capacity = PurchaseCapacity {
            lines: u32::try_from(free).unwrap_or(u32::MAX),
            lease: self.caller.timeout + LEASE_MARGIN,
        };
        self.flows.claim_purchases(&self.countries, capacity).await
    }

    /// Records answers one by one: one that cannot be recorded does not block the others. Its line is looked up when its lease
    /// ends.
    async fn record(&self, answered: &mut Vec<(PurchaseWork, CallAnswer)>) -> Result<(), StorageError> {
        while let Some((work, answer)) = answered.last() {
            match self.flows.record_purchase(work, answer, &self.countries).await {
                Err(error) if error.is_unavailable() => return Err(error),
                Err(error) => {
                    let order = work.order.id.0;
                    tracing::error!(order, %error, "the answer of a supplier could not be recorded");
                }
                Ok(()) => {}
            }
            answered.pop();
        }
        Ok(())
    }
}

impl Worker for Orders {
    const NAME: &'static str = "orders";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let InFlight { calls, answered } = &mut *self.in_flight.lock().await;
        if self.flows.purchase_policy().accounts.is_empty() {
            return Ok(None);
        }
        self.flows.prove_received(&self.countries).await?;
        let mut is_first = true;
        loop {
            while let Some(done) = calls.try_join_next() {
                answered.extend(done.ok());
            }
            self.record(answered).await?;
            for work in self.claim(calls.len()).await? {
                let caller = self.caller.clone();
                calls.spawn(async move {
                    let answer = caller.call(&work).await;
                    (work, answer)
                });
            }
            let pause = self.flows.next_purchase().await?.unwrap_or(self.poll).min(self.poll);
            if calls.is_empty() {
                // A lease that ended is looked up at once.
                if std::mem::take(&mut is_first) && pause.is_zero() {
                    continue;
                }
                return Ok(Some(pause));
            }
            let has_capacity = calls.len() < PARALLEL && !self.stop.is_cancelled();
            tokio::select! {
                Some(done) = calls.join_next() => answered.extend(done.ok()),
                () = self.due.notified(), if has_capacity => {}
                () = tokio::time::sleep(pause.max(POLL_INTERVAL_MIN)), if has_capacity => {}
            }
        }
    }
}
