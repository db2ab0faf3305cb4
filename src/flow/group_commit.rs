//! Group commit: concurrent requests for one use case are served in one transaction.
//!
//! A commit waits for the disk, and a statement for the database's thread; both cost the same for one request and for a
//! hundred. So requests queue, and whatever queued while the last transaction was committing is served by the next.
//!
//! Each request has a deadline (rule 10). A request that is not about to be committed by then is refused, and is not
//! committed afterwards: the caller and the committer both try to take the request's gate, and the first one wins.
//! A commit that has begun cannot be stopped; its caller waits [`COMMIT_GRACE`] longer.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use super::StorageError;
use crate::metrics::Metrics;
use crate::metrics::histogram::Histogram;
use crate::metrics::labels::BatchKind;
use crate::storage::{Database, Error, WriteTx};

/// The most requests in one transaction.
const BATCH_MAX: usize = 256;
/// The most requests that wait; one more is refused as overloaded.
const QUEUE_MAX: usize = 4096;
/// How much longer than its deadline a request waits for a commit that has begun. With the longest deadline that the
/// configuration allows, this still ends before the protocol's 10 seconds.
pub const COMMIT_GRACE: Duration = Duration::from_millis(500);

/// What is done for the requests of a batch, in one transaction.
pub(super) trait BatchCommand: Send + Sync + 'static {
    /// Its name in the metrics.
    const KIND: BatchKind;

    /// What a caller asks for.
    type Request: Send + Sync + 'static;
    /// What is decided for a request. It has no effect until it is committed.
    type Outcome: Send + 'static;
    /// What the caller gets. If the caller is gone, the answer is dropped; its `Drop` undoes what has to be undone.
    type Answer: Send + 'static;
    /// What else follows from a batch once it is committed.
    type Effects: Send;

    /// Loads, decides and saves; the decisions in the order of the requests. Must not commit.
    fn execute(
        &self,
        tx: &mut WriteTx,
        requests: &[&Self::Request],
    ) -> impl Future<Output = Result<Batch<Self::Outcome, Self::Effects>, Error>> + Send;

    /// The answer that a decision becomes once it is durable (rule 2).
    fn answer(&self, decision: Self::Outcome) -> Self::Answer;

    /// Called after each commit; may wake a worker.
    fn committed(&self, effects: Self::Effects) {
        drop(effects);
    }
}

/// What a command decided for a batch.
#[derive(Debug)]
pub(super) struct Batch<D, E> {
    /// A decision for each request, in order.
    pub(super) decisions: Vec<D>,
    /// False when nothing was written: then there is nothing to commit.
    pub(super) changed: bool,
    /// What else follows once it is committed.
    pub(super) effects: E,
}

/// Why a request was not served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// Nothing was committed by the deadline, and nothing will be.
    #[error("the deadline passed before the answer was durable")]
    DeadlinePassed,
    /// The commit had begun at the deadline and has not ended: it may succeed or fail.
    #[error("the commit did not end in time")]
    Unconfirmed,
    /// Too many requests wait already, or the server is stopping.
    #[error("too many requests at once")]
    Overloaded,
    /// The database failed; nothing was committed.
    #[error(transparent)]
    Storage(StorageError),
}

const OPEN: u8 = 0;
const COMMITTING: u8 = 1;
const ABANDONED: u8 = 2;

/// Decides whether a request is committed or abandoned: the first to leave `OPEN` wins.
#[derive(Debug, Default)]
struct CommitGate(AtomicU8);

impl CommitGate {
    fn pass(&self, to: u8) -> bool {
        self.0
            .compare_exchange(OPEN, to, Ordering::AcqRel, Ordering::Acquire)
            .is_ok()
    }

    fn reopen(&self) {
        self.0.store(OPEN, Ordering::Release);
    }

    fn is_abandoned(&self) -> bool {
        self.0.load(Ordering::Acquire) == ABANDONED
    }
}

/// Abandons the request when its caller is cancelled.
struct AbandonOnDrop(Arc<CommitGate>);

impl Drop for AbandonOnDrop {
    fn drop(&mut self) {
        self.0.pass(ABANDONED);
    }
}

struct Pending<C: BatchCommand> {
    request: C::Request,
    deadline: Instant,
    gate: Arc<CommitGate>,
    reply: oneshot::Sender<Result<C::Answer, SubmitError>>,
}

/// The queue of one command, and the task that serves it. Clones share it.
pub(super) struct GroupCommit<C: BatchCommand> {
    queue: mpsc::Sender<Pending<C>>,
}

impl<C: BatchCommand> Clone for GroupCommit<C> {
    fn clone(&self) -> Self {
        Self {
            queue: self.queue.clone(),
        }
    }
}

impl<C: BatchCommand> GroupCommit<C> {
    /// Starts the task that serves the command; it ends when all clones are gone and the queue is empty.
    ///
    /// It has a thread of its own: it continues as soon as the database's thread answers, and does not wait for a thread of
    /// the runtime.
    pub(super) fn start(database: Database, command: C, metrics: &Metrics) -> (Self, JoinHandle<()>) {
        let sizes = metrics.batches.of(C::KIND).clone();
        let (queue, requests) = mpsc::channel(QUEUE_MAX);
        let serving = serve(database, command, sizes, requests);
        let runtime = Handle::current();
        let task = tokio::task::spawn_blocking(move || runtime.block_on(serving));
        (Self { queue }, task)
    }

    /// Submits a request and waits until it is served, at most until `deadline`.
    pub(super) async fn submit(&self, request: C::Request, deadline: Instant) -> Result<C::Answer, SubmitError> {
        let (reply, mut answer) = oneshot::channel();
        let gate = Arc::new(CommitGate::default());
        let _abandon = AbandonOnDrop(Arc::clone(&gate));
        let request = Pending {
            request,
            deadline,
            gate: Arc::clone(&gate),
            reply,
        };
        self.queue.try_send(request).map_err(|_| SubmitError::Overloaded)?;
        if let Ok(answered) = timeout_at(deadline, &mut answer).await {
            return answered.unwrap_or(Err(SubmitError::DeadlinePassed));
        }
        if gate.pass(ABANDONED) {
            return Err(SubmitError::DeadlinePassed);
        }
        match timeout_at(deadline + COMMIT_GRACE, answer).await {
            Ok(answered) => answered.unwrap_or(Err(SubmitError::DeadlinePassed)),
            Err(_) => Err(SubmitError::Unconfirmed),
        }
    }
}

async fn serve<C: BatchCommand>(
    database: Database,
    command: C,
    sizes: Histogram,
    mut requests: mpsc::Receiver<Pending<C>>,
) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while requests.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let pending = std::mem::take(&mut batch);
        match serve_batch(&database, &command, &sizes, pending).await {
            Ok(()) => {}
            // A request that the database refuses must not fail the others.
            Err((Error::Refused { .. } | Error::Conflict { .. } | Error::Corrupt { .. }, many)) if many.len() > 1 => {
                for one in many {
                    if let Err((error, failed)) = serve_batch(&database, &command, &sizes, vec![one]).await {
                        refuse(failed, &error);
                    }
                }
            }
            Err((error, failed)) => refuse(failed, &error),
        }
    }
}

fn refuse<C: BatchCommand>(pending: Vec<Pending<C>>, error: &Error) {
    tracing::error!(requests = pending.len(), %error, "a transaction failed; nothing of it is kept");
    for request in pending {
        let _gone = request.reply.send(Err(SubmitError::Storage(error.clone().into())));
    }
}

type Failed<C> = (Error, Vec<Pending<C>>);

/// Serves the requests in one transaction. When a deadline passes meanwhile, the transaction is repeated without that request.
async fn serve_batch<C: BatchCommand>(
    database: &Database,
    command: &C,
    sizes: &Histogram,
    mut pending: Vec<Pending<C>>,
) -> Result<(), Failed<C>> {
    loop {
        pending.retain(|request| !request.gate.is_abandoned() && request.deadline > Instant::now());
        if pending.is_empty() {
            return Ok(());
        }
        let decisions = match attempt(database, command, &pending).await {
            Ok(Some(decisions)) => decisions,
            Ok(None) => continue,
            Err(error) => return Err((error, pending)),
        };
        sizes.observe_count(pending.len());
        for (request, decision) in pending.into_iter().zip(decisions) {
            // If the caller is gone, the answer is dropped here.
            let _gone = request.reply.send(Ok(command.answer(decision)));
        }
        return Ok(());
    }
}

/// One try at a transaction: the decisions, or `None` when a request was abandoned before the commit.
async fn attempt<C: BatchCommand>(
    database: &Database,
    command: &C,
    pending: &[Pending<C>],
) -> Result<Option<Vec<C::Outcome>>, Error> {
    let mut tx = database.write().await?;
    let requests: Vec<&C::Request> = pending.iter().map(|request| &request.request).collect();
    let batch = command.execute(&mut tx, &requests).await?;
    if !batch.changed {
        tx.rollback().await?;
        return Ok(Some(batch.decisions));
    }
    let now = Instant::now();
    let passed = pending
        .iter()
        .take_while(|request| request.deadline > now && request.gate.pass(COMMITTING))
        .count();
    if passed < pending.len() {
        pending[..passed].iter().for_each(|request| request.gate.reopen());
        tx.rollback().await?;
        return Ok(None);
    }
    if let Err(error) = tx.commit().await {
        pending.iter().for_each(|request| request.gate.reopen());
        return Err(error);
    }
    command.committed(batch.effects);
    Ok(Some(batch.decisions))
}

#[cfg(test)]
mod tests;
