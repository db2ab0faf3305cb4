//! An SMS comes in: stored once, bound to the operation that is open on its number, and queued to be pushed (rules 7, 8).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::Notify;

use super::group_commit::{Batch, Verb};
use crate::clock::Clock;
use crate::domain::delivery::MessageId;
use crate::domain::operation::OperationId;
use crate::domain::phone::PhoneNumber;
use crate::domain::sms::InboundSms;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::storage::messages::NewMessage;
use crate::storage::operations::Open;
use crate::storage::{Error, WriteTx, deliveries, gateways, messages, operations};

/// A message from a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// Whose.
    pub gateway: GatewayId,
    /// What.
    pub sms: InboundSms,
    /// When it came in at the door: which operation it belongs to is decided by that, not by when it is stored (rule 8).
    pub received_at: Timestamp,
}

/// What became of it; durable either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// Stored, and due to be pushed for that operation.
    Assigned(OperationId),
    /// Stored; its number is not ours or not rented.
    Unassigned,
    /// The same gateway gave the same id before.
    Duplicate,
}

/// The verb.
#[derive(Debug)]
pub struct AcceptSms {
    /// What time it is.
    pub clock: Clock,
    /// Rung when something is due to be pushed.
    pub due: Arc<Notify>,
}

impl Verb for AcceptSms {
    type Request = Inbound;
    type Decision = Accepted;
    type Answer = Accepted;

    async fn execute(&self, tx: &mut WriteTx, requests: &[&Inbound]) -> Result<Batch<Accepted>, Error> {
        let now = self.clock.now();
        let pairs: Vec<(GatewayId, &str)> = requests
            .iter()
            .filter_map(|request| Some((request.gateway, request.sms.external_id.as_deref()?)))
            .collect();
        let numbers: HashSet<PhoneNumber> = requests.iter().filter_map(|request| request.sms.to.number()).collect();
        let numbers: Vec<PhoneNumber> = numbers.into_iter().collect();
        let (known, open, mut next_id) = tx
            .read_three(
                messages::known(&pairs),
                operations::open_on(&numbers),
                messages::next_id(),
            )
            .await?;
        let mut known: HashSet<(GatewayId, String)> = known.into_iter().collect();
        let open: HashMap<PhoneNumber, Open> = open.into_iter().map(|one| (one.number, one)).collect();
        let mut fresh: Vec<NewMessage<'_>> = Vec::with_capacity(requests.len());
        let mut decisions = Vec::with_capacity(requests.len());
        for Inbound {
            gateway,
            sms,
            received_at,
        } in requests.iter().copied()
        {
            if sms
                .external_id
                .as_ref()
                .is_some_and(|id| !known.insert((*gateway, id.clone())))
            {
                decisions.push(Accepted::Duplicate);
                continue;
            }
            let open_now = sms.to.number().and_then(|number| open.get(&number));
            // A rental that begins in the future: the clock was put back since, and the message came after all.
            let future = open_now.map(|one| one.opened_at).filter(|opened_at| *opened_at > now);
            let received_at = future.unwrap_or(*received_at);
            let operation = open_now.filter(|one| one.opened_at <= received_at).map(|one| one.id);
            fresh.push(NewMessage {
                id: MessageId(next_id),
                gateway: *gateway,
                operation,
                sms,
                received_at,
            });
            decisions.push(operation.map_or(Accepted::Unassigned, Accepted::Assigned));
            next_id += 1;
        }
        if !fresh.is_empty() {
            save(tx, &fresh, now);
        }
        let alive: HashSet<GatewayId> = requests.iter().map(|request| request.gateway).collect();
        gateways::touch(tx, &alive.into_iter().collect::<Vec<_>>(), now);
        Ok(Batch {
            decisions,
            // A message that is known already is a sign of life, too.
            changed: true,
        })
    }

    fn answer(&self, decision: Accepted) -> Accepted {
        decision
    }

    fn committed(&self) {
        self.due.notify_one();
    }
}

fn save(tx: &mut WriteTx, fresh: &[NewMessage<'_>], now: Timestamp) {
    messages::insert(tx, fresh);
    let assigned: Vec<(MessageId, OperationId)> = fresh
        .iter()
        .filter_map(|message| Some((message.id, message.operation?)))
        .collect();
    deliveries::insert(tx, &assigned, now);
    let mut counts: BTreeMap<OperationId, i64> = BTreeMap::new();
    for (_, operation) in assigned {
        *counts.entry(operation).or_default() += 1;
    }
    operations::add_sms(tx, &counts.into_iter().collect::<Vec<_>>());
}
