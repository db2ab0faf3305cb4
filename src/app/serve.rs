//! The server while it runs: its listeners and workers, from the first request to the closed file.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::App;
use crate::config::storage::StorageCheck;
use crate::http::server::{ConnectionLevels, Transport};
use crate::metrics::labels::ListenerName;
use crate::worker::checkpoints::Checkpoints;
use crate::worker::row_counter::RowCounter;
use crate::worker::{PassRecord, Worker, drive};

/// How long running requests and pushes may take once the server stops.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(10);
/// How much of that requests may take: as long as the default deadline allows.
const LISTENERS_TIMEOUT: Duration = Duration::from_millis(8_600);

/// How long it may take to close the last operations whose answers were not sent, and to close the database.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// One of the server's own tasks exited, which is a defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the task {0} exited; start the server again")]
pub struct TaskExited(&'static str);

impl App {
    /// Serves both listeners and runs the workers until `stop`; then finishes running requests. It also stops when one of its
    /// own tasks exits; after a restart it continues where it was.
    pub async fn serve(
        mut self,
        onlinesim: TcpListener,
        admin: TcpListener,
        stop: CancellationToken,
    ) -> Result<(), TaskExited> {
        let address = onlinesim.local_addr().unwrap_or(self.config.onlinesim.listen);
        let routers = (self.onlinesim_router(address), self.admin_router(address));
        let listeners = [
            (
                ListenerName::Onlinesim,
                self.onlinesim_transport(),
                onlinesim,
                routers.0,
            ),
            (ListenerName::Admin, self.admin_transport(), admin, routers.1),
        ]
        .map(|(name, transport, listener, router)| {
            let levels = ConnectionLevels {
                open: self.metrics.connections.of(name).clone(),
                max: self.metrics.connections_max.of(name).clone(),
            };
            let transport = Transport { levels, ..transport };
            tokio::spawn(transport.serve(listener, router, stop.clone()))
        });
        if self.config.storage.check == StorageCheck::Quick {
            let flows = self.flows.clone();
            tokio::spawn(async move { flows.check_at_start().await });
        }
        let mut tasks = self.run_workers();
        for (name, task) in self.committers.drain(..) {
            let guard = self.workers.running(name);
            tasks.push(tokio::spawn(async move {
                let _ended = task.await;
                drop(guard);
            }));
        }
        let workers = self.workers.clone();
        let exited = tokio::select! {
            () = stop.cancelled() => Vec::new(),
            () = workers.any_exited() => workers.stopped(),
        };
        stop.cancel();
        self.close(listeners, tasks).await;
        exited.first().map_or(Ok(()), |name| Err(TaskExited(name)))
    }

    fn run_workers(&self) -> Vec<JoinHandle<()>> {
        let wakeups = self.wakeups.clone();
        let mut tasks = vec![
            self.run(&self.deliveries, wakeups.deliveries),
            self.run(&self.watchdog, wakeups.watchdog),
            self.run(&self.bans, wakeups.bans),
            self.run(&self.undelivered, wakeups.undelivered),
            self.run(&self.parts, wakeups.parts),
            self.run(&self.orders, wakeups.orders),
            self.run(&self.retention, Arc::default()),
            self.run(&self.ledger_totals, Arc::default()),
            self.run(&self.owned, Arc::default()),
            self.run(&self.restock, Arc::default()),
            self.run(&self.renewals, Arc::default()),
            self.run(&self.troubles, Arc::default()),
            self.run(&Arc::new(RowCounter::new(self.flows.clone())), wakeups.row_counts),
            self.run(&self.notifications, wakeups.notifications),
            self.run(&Arc::new(Checkpoints::new(self.flows.clone())), wakeups.checkpoints),
        ];
        let backups = self.backups.iter().map(|backups| self.run(backups, Arc::default()));
        tasks.extend(backups.collect::<Vec<_>>());
        let certificates = self.certificates.iter();
        tasks.extend(certificates.map(|worker| self.run(worker, worker.wakeup())));
        tasks
    }

    fn run<W: Worker>(&self, worker: &Arc<W>, wakeup: Arc<tokio::sync::Notify>) -> JoinHandle<()> {
        let guard = self.workers.running(W::NAME);
        let record = PassRecord {
            flows: self.flows.clone(),
            metrics: self.metrics.worker(W::NAME),
        };
        let driven = drive(Arc::clone(worker), wakeup, self.stop.clone(), record);
        tokio::spawn(async move {
            driven.await;
            drop(guard);
        })
    }

    /// Finishes running requests and pushes, and closes the database.
    async fn close(self, listeners: [JoinHandle<()>; 2], tasks: Vec<JoinHandle<()>>) {
        self.stop.cancel();
        let database = self.database.clone();
        // No other process may serve the file before it is closed.
        let _lock = self.lock.clone();
        let finish = Instant::now() + SHUTDOWN_TIMEOUT;
        if timeout(LISTENERS_TIMEOUT, join_all(listeners)).await.is_err() {
            tracing::warn!("some requests were not finished in time");
        }
        let undelivered = Arc::clone(&self.undelivered);
        // The committers end when all senders of their queues are gone.
        drop(self);
        if timeout_at(finish, join_all(tasks)).await.is_err() {
            tracing::warn!("some work was not finished in time; it continues after the next start");
        }
        // The last answers may have failed, and no worker runs any more.
        if !matches!(timeout(CLOSE_TIMEOUT, undelivered.pass()).await, Ok(Ok(_))) {
            tracing::error!(
                "some operations whose answers could not be sent are still open; the watchdog will close them"
            );
        }
        if timeout(CLOSE_TIMEOUT, database.close()).await.is_err() {
            tracing::warn!("the database was not closed in time; nothing that was committed is lost");
        }
    }
}
