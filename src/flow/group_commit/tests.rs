//! The gate between a deadline and a commit, with a command that writes one row and counts its answers.

use std::sync::atomic::AtomicUsize;

use super::*;
use crate::domain::audit::{Actor, AuditEvent, AuditedChange};
use crate::domain::time::Timestamp;
use crate::metrics::Metrics;
use crate::metrics::labels::BatchKind;
use crate::storage::audit;

/// Writes an event for each request; waits at the request `0` until `proceed` is notified.
#[derive(Clone, Default)]
struct TestCommand {
    answered: Arc<AtomicUsize>,
    proceed: Arc<tokio::sync::Notify>,
    reached: Arc<tokio::sync::Notify>,
}

/// The request that the database refuses: its event names an operation that does not exist.
const REFUSED: u32 = 13;

impl BatchCommand for TestCommand {
    const KIND: BatchKind = BatchKind::RentNumber;

    type Request = u32;
    type Outcome = u32;
    type Answer = u32;
    type Effects = ();

    async fn execute(&self, tx: &mut WriteTx, requests: &[&u32]) -> Result<Batch<u32, ()>, Error> {
        let missing = crate::domain::operation::OperationId::new(1);
        let events: Vec<AuditEvent> = requests
            .iter()
            .map(|request| AuditEvent {
                actor: Actor::Server,
                kind: AuditedChange::Enabled.into(),
                operation: if **request == REFUSED { missing } else { None },
                number: None,
                detail: None,
            })
            .collect();
        audit::write(tx, &events, Timestamp::from_ms(0));
        if requests.contains(&&0) {
            self.reached.notify_one();
            self.proceed.notified().await;
        }
        Ok(Batch {
            decisions: requests.iter().map(|request| **request).collect(),
            changed: true,
            effects: (),
        })
    }

    fn answer(&self, decision: u32) -> u32 {
        self.answered.fetch_add(1, Ordering::SeqCst);
        decision
    }
}

struct Fixture {
    command: TestCommand,
    queue: GroupCommit<TestCommand>,
    database: Database,
    _folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        let database = Database::open(&url).await.unwrap();
        database.migrate().await.unwrap();
        let command = TestCommand::default();
        let metrics = Metrics::new(Timestamp::from_ms(0));
        let (queue, _task) = GroupCommit::start(database.clone(), command.clone(), &metrics);
        Self {
            command,
            queue,
            database,
            _folder: folder,
        }
    }

    async fn written(&self) -> usize {
        audit::count(&mut self.database.read().await.unwrap()).await.unwrap()
    }
}

fn later() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

#[tokio::test]
async fn rule_10_what_was_not_committed_by_the_deadline_is_not_committed_after() {
    let fixture = Fixture::new().await;
    let late = fixture.queue.submit(0, Instant::now() + Duration::from_millis(50));
    assert_eq!(late.await, Err(SubmitError::DeadlinePassed));
    fixture.command.proceed.notify_one();
    assert_eq!(fixture.queue.submit(7, later()).await, Ok(7), "the next one is served");
    assert_eq!(
        (fixture.written().await, fixture.command.answered.load(Ordering::SeqCst)),
        (1, 1)
    );
}

#[tokio::test]
async fn a_caller_that_goes_away_before_the_commit_leaves_nothing() {
    let fixture = Fixture::new().await;
    let queue = fixture.queue.clone();
    let caller = tokio::spawn(async move { queue.submit(0, later()).await });
    fixture.command.reached.notified().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    fixture.command.proceed.notify_one();
    assert_eq!(fixture.queue.submit(7, later()).await, Ok(7));
    assert_eq!(
        (fixture.written().await, fixture.command.answered.load(Ordering::SeqCst)),
        (1, 1)
    );
}

#[tokio::test]
async fn what_the_database_refuses_takes_nobody_else_down_and_becomes_no_answer() {
    let fixture = Fixture::new().await;
    let queue = fixture.queue.clone();
    let first = tokio::spawn(async move { queue.submit(0, later()).await });
    fixture.command.reached.notified().await;
    // These two wait for the first and are then tried together.
    let together = futures_util::future::join(fixture.queue.submit(REFUSED, later()), fixture.queue.submit(7, later()));
    let waiting = tokio::spawn({
        let proceed = Arc::clone(&fixture.command.proceed);
        async move { proceed.notify_one() }
    });
    let (refused, served) = together.await;
    waiting.await.unwrap();
    assert!(
        matches!(&refused, Err(SubmitError::Storage(error)) if !error.is_unavailable()),
        "{refused:?}"
    );
    assert_eq!(served, Ok(7));
    assert_eq!(first.await.unwrap(), Ok(0));
    assert_eq!(
        (fixture.written().await, fixture.command.answered.load(Ordering::SeqCst)),
        (2, 2)
    );
}
