//! Saves what a transition of operations brought about: the one place where an operation ends.

use std::collections::HashMap;

use crate::domain::audit::{Actor, AuditEvent, AuditKind, AuditedChange};
use crate::domain::number::Number;
use crate::domain::operation::{HistoryEvent, Operation, OperationChange, OperationId, Outcome};
use crate::domain::phone::PhoneNumber;
use crate::domain::strike::{RentalResult, StrikePolicy};
use crate::domain::time::Timestamp;
use crate::storage::pools::StockDelta;
use crate::storage::{Error, WriteTx, audit, ledger, numbers, operations, pools};

/// Saves changes in their order. `note` is the admin's reason, where there is one.
pub async fn save(
    tx: &mut WriteTx,
    changes: &[OperationChange],
    actor: Actor,
    note: Option<&str>,
    policy: &StrikePolicy,
    now: Timestamp,
) -> Result<(), Error> {
    let changes = &without_known_contradictions(tx, changes).await?;
    if changes.is_empty() {
        return Ok(());
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
    let lines: Vec<_> = changes
        .iter()
        .flat_map(|change| change.transfers.iter().map(|line| (change.operation.id, *line)))
        .collect();
    let discrepant: Vec<OperationId> = changes
        .iter()
        .filter(|change| change.entry.is_discrepancy())
        .map(|change| change.operation.id)
        .collect();
    let mut deeds: Vec<AuditEvent> = changes.iter().map(|change| audit_event(change, actor, note)).collect();
    let evidence: HashMap<PhoneNumber, RentalResult> = changes
        .iter()
        .filter_map(|change| Some((change.operation.number, change.released?)))
        .collect();
    let released = release(tx, &evidence, policy, now).await?;
    deeds.extend(released.bans);

    // Closed first: a number with an open operation cannot become available.
    operations::close(tx, &closed);
    operations::correct(tx, &corrected);
    ledger::append(tx, &lines, now);
    operations::count_discrepancies(tx, &discrepant);
    numbers::save(tx, &released.numbers);
    pools::apply(tx, &released.shifts);
    audit::write(tx, &deeds, now);
    Ok(())
}

/// The changes without the contradictions that are written down already: Onlinesim may repeat them as often as it likes.
async fn without_known_contradictions(
    tx: &mut WriteTx,
    changes: &[OperationChange],
) -> Result<Vec<OperationChange>, Error> {
    let mut news: Vec<OperationChange> = Vec::with_capacity(changes.len());
    for change in changes {
        let id = change.operation.id;
        let known = match change.entry {
            HistoryEvent::Closed(_) | HistoryEvent::Corrected { .. } => false,
            HistoryEvent::Contradicted { said, sum } => {
                let is_same = |earlier: &OperationChange| earlier.operation.id == id && earlier.entry == change.entry;
                news.iter().any(is_same) || audit::is_contradiction_known(tx, id, said, sum).await?
            }
        };
        if !known {
            news.push(change.clone());
        }
    }
    Ok(news)
}

/// Numbers whose operations are closed.
#[derive(Default)]
struct ReleasedNumbers {
    /// As they are now.
    numbers: Vec<Number>,
    /// Available again, unless resting, banned or disabled.
    shifts: StockDelta,
    /// The bans are deeds, too.
    bans: Vec<AuditEvent>,
}

/// Frees the numbers of closed operations.
async fn release(
    tx: &mut WriteTx,
    evidence: &HashMap<PhoneNumber, RentalResult>,
    policy: &StrikePolicy,
    now: Timestamp,
) -> Result<ReleasedNumbers, Error> {
    let mut released = ReleasedNumbers::default();
    if evidence.is_empty() {
        return Ok(released);
    }
    let digits: Vec<PhoneNumber> = evidence.keys().copied().collect();
    for number in numbers::load(tx, &digits).await? {
        let was_banned = number.ban.is_some();
        let number_evidence = evidence[&number.number];
        let number = number.released(number_evidence, policy, now);
        released.shifts.end_rental(number.pool);
        if number.is_on_sale() {
            released.shifts.make_available(number.pool, number.number);
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
    let words = match &change.entry {
        HistoryEvent::Closed(outcome) => outcome.to_string(),
        HistoryEvent::Corrected { from, to } => format!("{from} -> {to}"),
        HistoryEvent::Contradicted { said, sum } => {
            let sum = sum.map_or_else(String::new, |sum| format!(" {sum}"));
            format!("Onlinesim said {said}{sum}")
        }
    };
    let detail = Some(note.map_or_else(|| words.clone(), |note| format!("{words}: {note}")));
    let operation = Some(change.operation.id);
    AuditEvent {
        actor,
        kind: AuditKind::Operation(change.entry.clone()),
        operation,
        number: Some(change.operation.number),
        detail,
    }
}
