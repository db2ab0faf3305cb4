//! Saves what a transition of operations brought about: the one place where an operation ends, whoever ends it.

use std::collections::HashMap;

use crate::domain::number::Number;
use crate::domain::operation::{Change, Entry, Operation, OperationId, Outcome};
use crate::domain::phone::PhoneNumber;
use crate::domain::strike::{Evidence, StrikePolicy};
use crate::domain::time::Timestamp;
use crate::storage::audit::{Actor, Deed};
use crate::storage::pools::Shifts;
use crate::storage::{Error, WriteTx, audit, ledger, numbers, operations, pools};

/// Saves changes in their order. `note` is the admin's reason, where there is one.
pub async fn save(
    tx: &mut WriteTx,
    changes: &[Change],
    actor: Actor,
    note: Option<&str>,
    policy: &StrikePolicy,
    now: Timestamp,
) -> Result<(), Error> {
    let changes = &news(tx, changes, actor, note).await?;
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
            Entry::Corrected { to, .. } => Some((change.operation.id, to)),
            Entry::Closed(_) | Entry::Contradicted { .. } => None,
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
    let mut deeds: Vec<Deed> = changes.iter().map(|change| deed(change, actor, note)).collect();
    let evidence: HashMap<PhoneNumber, Evidence> = changes
        .iter()
        .filter_map(|change| Some((change.operation.number, change.released?)))
        .collect();
    let released = release(tx, &evidence, policy, now).await?;
    deeds.extend(released.bans);

    // Closed first: the shelf takes no number that has an open operation.
    operations::close(tx, &closed);
    for one in corrected.chunks(1) {
        operations::correct(tx, one);
    }
    ledger::append(tx, &lines, now);
    operations::count_discrepancies(tx, &discrepant);
    numbers::save(tx, &released.numbers);
    pools::rearrange(tx, &released.shifts);
    audit::write(tx, &deeds, now);
    Ok(())
}

/// The changes without the contradictions that are written down already: Onlinesim may repeat them as often as it likes.
async fn news(tx: &mut WriteTx, changes: &[Change], actor: Actor, note: Option<&str>) -> Result<Vec<Change>, Error> {
    let mut news: Vec<Change> = Vec::with_capacity(changes.len());
    for change in changes {
        let is_contradiction = matches!(change.entry, Entry::Contradicted { .. });
        let known = is_contradiction
            && (audit::is_written(tx, &deed(change, actor, note)).await?
                || news
                    .iter()
                    .any(|earlier| earlier.operation.id == change.operation.id && earlier.entry == change.entry));
        if !known {
            news.push(change.clone());
        }
    }
    Ok(news)
}

/// Numbers whose operations are closed.
#[derive(Default)]
struct Released {
    /// As they are now.
    numbers: Vec<Number>,
    /// Back to the shelf, unless resting, banned or disabled.
    shifts: Shifts,
    /// The bans are deeds, too.
    bans: Vec<Deed>,
}

/// Frees the numbers of closed operations.
async fn release(
    tx: &mut WriteTx,
    evidence: &HashMap<PhoneNumber, Evidence>,
    policy: &StrikePolicy,
    now: Timestamp,
) -> Result<Released, Error> {
    let mut released = Released::default();
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
            released.shifts.put_on_shelf(number.pool, number.number);
        }
        if let (false, Some(ban)) = (was_banned, &number.ban) {
            let detail = Some(ban.reason.clone());
            let number = Some(number.number);
            released.bans.push(Deed {
                actor: Actor::Server,
                action: "banned",
                operation: None,
                number,
                detail,
            });
        }
        released.numbers.push(number);
    }
    Ok(released)
}

fn deed(change: &Change, actor: Actor, note: Option<&str>) -> Deed {
    let (action, words) = match &change.entry {
        Entry::Closed(outcome) => ("closed", outcome.as_str().to_owned()),
        Entry::Corrected { from, to } => ("corrected", format!("{} -> {}", from.as_str(), to.as_str())),
        Entry::Contradicted { said, sum } => {
            let sum = sum.map_or_else(String::new, |sum| format!(" {sum}"));
            ("contradicted", format!("Onlinesim said {}{sum}", said.as_str()))
        }
    };
    let detail = Some(note.map_or_else(|| words.clone(), |note| format!("{words}: {note}")));
    let operation = Some(change.operation.id);
    Deed {
        actor,
        action,
        operation,
        number: Some(change.operation.number),
        detail,
    }
}
