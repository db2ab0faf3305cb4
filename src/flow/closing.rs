//! Saves the changes of operations. Every way to close an operation ends here.

use std::collections::HashMap;

use crate::domain::audit::{Actor, AuditEvent, AuditKind, AuditedChange};
use crate::domain::number::Number;
use crate::domain::operation::{HistoryEvent, Operation, OperationChange, OperationId, Outcome};
use crate::domain::phone::PhoneNumber;
use crate::domain::stock::delta::StockDelta;
use crate::domain::strike::{RentalResult, StrikePolicy};
use crate::domain::time::Timestamp;
use crate::metrics::Metrics;
use crate::metrics::labels::BanCause;
use crate::storage::{Error, WriteTx, audit, ledger, numbers, operations, pools};

/// What was saved: counted once it is committed.
#[derive(Debug, Default)]
pub(super) struct ClosingTally {
    closed: Vec<Outcome>,
    strikes: u64,
    bans: u64,
    discrepancies: u64,
}

impl ClosingTally {
    /// Adds it to what the server counts.
    pub(super) fn count(&self, metrics: &Metrics) {
        for outcome in &self.closed {
            metrics.rentals.closed.of(*outcome).inc();
        }
        metrics.rentals.strikes.inc_by(self.strikes);
        metrics.rentals.bans.of(BanCause::Strikes).inc_by(self.bans);
        metrics.rentals.discrepancies.inc_by(self.discrepancies);
    }
}

/// Saves changes in their order. `note` is the admin's reason, where there is one.
pub(super) async fn save(
    tx: &mut WriteTx,
    changes: &[OperationChange],
    actor: Actor,
    note: Option<&str>,
    policy: &StrikePolicy,
    now: Timestamp,
) -> Result<ClosingTally, Error> {
    let changes = &without_known_contradictions(tx, changes).await?;
    if changes.is_empty() {
        return Ok(ClosingTally::default());
    }
    let closed: Vec<Operation> = changes
        .iter()
        .filter(|change| change.released.is_some())
        .map(|change| change.operation)
        .collect();
    let corrected: Vec<(OperationId, Outcome)> = changes
        .iter()
        .filter_map(|change| match change.entry {
            HistoryEvent::Corrected { to, .. } => Some((change.operation.id, to)),
            HistoryEvent::Closed(_) | HistoryEvent::Contradicted { .. } => None,
        })
        .collect();
    let transfers: Vec<_> = changes
        .iter()
        .flat_map(|change| {
            let transfers = change.transfers.iter();
            transfers.map(|transfer| (change.operation.id, *transfer))
        })
        .collect();
    let discrepant: Vec<OperationId> = changes
        .iter()
        .filter(|change| change.entry.is_discrepancy())
        .map(|change| change.operation.id)
        .collect();
    let mut events: Vec<AuditEvent> = changes.iter().map(|change| audit_event(change, actor, note)).collect();
    let results: HashMap<PhoneNumber, RentalResult> = changes
        .iter()
        .filter_map(|change| Some((change.operation.number, change.released?)))
        .collect();
    let released = release(tx, &results, policy, now).await?;
    let tally = ClosingTally {
        closed: changes.iter().filter_map(|change| outcome_of(&change.entry)).collect(),
        strikes: released.strikes,
        bans: u64::try_from(released.bans.len()).unwrap_or(u64::MAX),
        discrepancies: u64::try_from(discrepant.len()).unwrap_or(u64::MAX),
    };
    events.extend(released.bans);

    // The operations are closed first: a number with an open operation cannot become available.
    operations::close(tx, &closed);
    operations::correct(tx, &corrected);
    ledger::append(tx, &transfers, now);
    operations::count_discrepancies(tx, &discrepant);
    numbers::save(tx, &released.numbers);
    pools::apply(tx, &released.delta);
    audit::write(tx, &events, now);
    Ok(tally)
}

/// The outcome with which an operation is closed.
const fn outcome_of(event: &HistoryEvent) -> Option<Outcome> {
    match event {
        HistoryEvent::Closed(outcome) => Some(*outcome),
        HistoryEvent::Corrected { .. } | HistoryEvent::Contradicted { .. } => None,
    }
}

/// The changes without the contradictions that are recorded already: Onlinesim may repeat them as often as it likes.
async fn without_known_contradictions(
    tx: &mut WriteTx,
    changes: &[OperationChange],
) -> Result<Vec<OperationChange>, Error> {
    let mut new: Vec<OperationChange> = Vec::with_capacity(changes.len());
    for change in changes {
        let id = change.operation.id;
        let known = match change.entry {
            HistoryEvent::Closed(_) | HistoryEvent::Corrected { .. } => false,
            HistoryEvent::Contradicted { reported, sum } => {
                let is_same = |earlier: &OperationChange| earlier.operation.id == id && earlier.entry == change.entry;
                new.iter().any(is_same) || audit::is_contradiction_known(tx, id, reported, sum).await?
            }
        };
        if !known {
            new.push(change.clone());
        }
    }
    Ok(new)
}

/// Numbers whose operations are closed.
#[derive(Default)]
struct ReleasedNumbers {
    /// After the release.
    numbers: Vec<Number>,
    /// They are available again, unless they rest or are banned or disabled.
    delta: StockDelta,
    bans: Vec<AuditEvent>,
    /// How many of them got a strike.
    strikes: u64,
}

/// Frees the numbers of closed operations.
async fn release(
    tx: &mut WriteTx,
    results: &HashMap<PhoneNumber, RentalResult>,
    policy: &StrikePolicy,
    now: Timestamp,
) -> Result<ReleasedNumbers, Error> {
    let mut released = ReleasedNumbers::default();
    if results.is_empty() {
        return Ok(released);
    }
    let rented: Vec<PhoneNumber> = results.keys().copied().collect();
    for number in numbers::load(tx, &rented).await? {
        let was_banned = number.ban.is_some();
        let result = results[&number.number];
        let strikes = number.strikes;
        let number = number.released(result, policy, now);
        released.strikes += u64::from(number.strikes > strikes);
        released.delta.end_rental(number.pool);
        if number.is_available() {
            released.delta.make_available(number.pool, number.number);
        }
        if let (false, Some(ban)) = (was_banned, &number.ban) {
            let detail = Some(ban.reason.clone());
            let number = Some(number.number);
            released.bans.push(AuditEvent {
                actor: Actor::Server,
                kind: AuditedChange::Banned.into(),
                operation: None,
                number,
                detail,
            });
        }
        released.numbers.push(number);
    }
    Ok(released)
}

fn audit_event(change: &OperationChange, actor: Actor, note: Option<&str>) -> AuditEvent {
    let summary = match &change.entry {
        HistoryEvent::Closed(outcome) => outcome.to_string(),
        HistoryEvent::Corrected { from, to } => format!("{from} -> {to}"),
        HistoryEvent::Contradicted { reported, sum } => {
            let sum = sum.map_or_else(String::new, |sum| format!(" {sum}"));
            format!("Onlinesim reported {reported}{sum}")
        }
    };
    let detail = Some(note.map_or_else(|| summary.clone(), |note| format!("{summary}: {note}")));
    let operation = Some(change.operation.id);
    AuditEvent {
        actor,
        kind: AuditKind::Operation(change.entry.clone()),
        operation,
        number: Some(change.operation.number),
        detail,
    }
}
