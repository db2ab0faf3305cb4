//! Saves what a transition of operations brought about: the one place where an operation ends, whoever ends it.

use std::collections::HashMap;

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

    operations::close(tx, &closed).await?;
    for one in corrected.chunks(1) {
        operations::correct(tx, one).await?;
    }
    ledger::append(tx, &lines, now).await?;
    operations::count_discrepancies(tx, &discrepant).await?;
    let released: HashMap<PhoneNumber, Evidence> = changes
        .iter()
        .filter_map(|change| Some((change.operation.number, change.released?)))
        .collect();
    deeds.extend(release(tx, &released, policy, now).await?);
    audit::write(tx, &deeds, now).await
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

/// Frees the numbers of closed operations: on the shelf again, unless banned or disabled. The bans are deeds, too.
async fn release(
    tx: &mut WriteTx,
    released: &HashMap<PhoneNumber, Evidence>,
    policy: &StrikePolicy,
    now: Timestamp,
) -> Result<Vec<Deed>, Error> {
    if released.is_empty() {
        return Ok(Vec::new());
    }
    let digits: Vec<PhoneNumber> = released.keys().copied().collect();
    let mut shifts = Shifts::default();
    let mut deeds = Vec::new();
    let mut after = Vec::with_capacity(digits.len());
    for number in numbers::load(tx, &digits).await? {
        let was_banned = number.ban.is_some();
        let evidence = released[&number.number];
        let number = number.released(evidence, policy, now);
        shifts.end_rental(number.pool);
        if number.is_on_sale() {
            shifts.put_on_shelf(number.pool, number.number);
        }
        if let (false, Some(ban)) = (was_banned, &number.ban) {
            let detail = Some(ban.reason.clone());
            let number = Some(number.number);
            deeds.push(Deed {
                actor: Actor::Server,
                action: "banned",
                operation: None,
                number,
                detail,
            });
        }
        after.push(number);
    }
    numbers::save(tx, &after).await?;
    pools::rearrange(tx, &shifts).await?;
    Ok(deeds)
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
