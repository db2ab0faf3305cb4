//! SMS come in: stored once, bound to the operation that is open on their number, and queued to be pushed (rules 7, 8).
//! Parts of long SMS wait for each other first.

mod intake;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use tokio::sync::Notify;

use super::group_commit::{Batch, Verb};
use super::trouble_counters::TroubleCounters;
use crate::clock::Clock;
use crate::domain::delivery::MessageId;
use crate::domain::long_sms::{Gathering, Patience};
use crate::domain::operation::OperationId;
use crate::domain::phone::PhoneNumber;
use crate::domain::sms::{Destination, InboundSms, Line, Receiver};
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::storage::messages::NewMessage;
use crate::storage::operations::Open;
use crate::storage::{Error, WriteTx, deliveries, gateways, lines, long_messages, messages, operations};
use intake::{Arrived, Intake, owner};

/// What a gateway hands over in one request: all of it is stored, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover {
    /// Whose.
    pub gateway: GatewayId,
    /// What; may be empty.
    pub messages: Vec<InboundSms>,
    /// When it came in at the door: which operation it belongs to is decided by that, not by when it is stored (rule 8).
    pub received_at: Timestamp,
}

/// What became of a message; durable whichever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// Stored, and due to be pushed for that operation.
    Assigned(OperationId),
    /// Stored; its number is not ours or not rented.
    Unassigned,
    /// A part of a longer one, kept until the others come.
    Waiting,
    /// The same gateway handed it over before.
    Duplicate,
}

/// The verb.
#[derive(Debug)]
pub struct AcceptSms {
    /// What time it is.
    pub clock: Clock,
    /// How long parts wait, and what counts as a repetition.
    pub patience: Patience,
    /// Rung when something is due to be pushed.
    pub due: Arc<Notify>,
    /// Rung when a long SMS waits for its parts.
    pub parts: Arc<Notify>,
    /// Which gateways send SMS.
    pub troubles: Arc<TroubleCounters>,
}

impl Verb for AcceptSms {
    type Request = Handover;
    type Decision = Vec<Accepted>;
    type Answer = Vec<Accepted>;

    async fn execute(&self, tx: &mut WriteTx, requests: &[&Handover]) -> Result<Batch<Vec<Accepted>>, Error> {
        let now = self.clock.now();
        let arrived = arrived(tx, requests).await?;
        let mut intake = self.load(tx, &arrived, now).await?;
        let mut accepted = arrived.iter().enumerate().map(|(place, one)| intake.take(place, one));
        let decisions = requests
            .iter()
            .map(|request| accepted.by_ref().take(request.messages.len()).collect())
            .collect();
        drop(accepted);
        intake.save(tx);
        let alive: HashSet<GatewayId> = requests.iter().map(|request| request.gateway).collect();
        let sending = requests.iter().filter(|request| !request.messages.is_empty());
        self.troubles.sms_from(sending.map(|request| request.gateway));
        gateways::touch(tx, &alive.into_iter().collect::<Vec<_>>(), now);
        Ok(Batch {
            decisions,
            // A message that is known already is a sign of life, too.
            changed: true,
        })
    }

    fn answer(&self, decision: Vec<Accepted>) -> Vec<Accepted> {
        if decision.contains(&Accepted::Waiting) {
            self.parts.notify_one();
        }
        decision
    }

    fn committed(&self) {
        self.due.notify_one();
    }
}

/// All messages, one after another, each with its number. Only lines cost a trip.
async fn arrived<'a>(tx: &mut WriteTx, requests: &[&'a Handover]) -> Result<Vec<Arrived<'a>>, Error> {
    let each = || {
        requests
            .iter()
            .flat_map(|one| one.messages.iter().map(|sms| (*one, sms)))
    };
    let named: HashSet<(GatewayId, &Line)> = each()
        .flat_map(|(request, sms)| {
            match &sms.receiver {
                Receiver::Number(_) => [].iter(),
                Receiver::Lines(lines) => lines.iter(),
            }
            .map(move |line| (request.gateway, line))
        })
        .collect();
    let numbers: HashMap<(GatewayId, Line), PhoneNumber> = if named.is_empty() {
        HashMap::new()
    } else {
        let placed = lines::at(tx, &named.into_iter().collect::<Vec<_>>()).await?;
        placed
            .into_iter()
            .map(|one| ((one.gateway, one.line), one.number))
            .collect()
    };
    let arrived = each().map(|(request, sms)| Arrived {
        gateway: request.gateway,
        sms,
        to: Destination::of(&sms.receiver, |line| {
            numbers.get(&(request.gateway, line.clone())).copied()
        }),
        received_at: request.received_at,
    });
    Ok(arrived.collect())
}

impl AcceptSms {
    /// What the decisions need: one trip, and more where messages come without ids or in parts.
    async fn load<'a>(
        &self,
        tx: &mut WriteTx,
        arrived: &'a [Arrived<'a>],
        now: Timestamp,
    ) -> Result<Intake<'a>, Error> {
        let is_part = |one: &&Arrived<'_>| one.sms.part.is_some();
        let (parts, whole): (Vec<&Arrived<'_>>, Vec<_>) = arrived.iter().partition(is_part);
        let numbers: HashSet<PhoneNumber> = arrived.iter().filter_map(|one| one.to.number()).collect();
        let numbers: Vec<PhoneNumber> = numbers.into_iter().collect();
        let (known, open, next_id) = tx
            .read_three(
                messages::known(&ids(&whole)),
                operations::open_on(&numbers),
                messages::next_id(),
            )
            .await?;
        let open: HashMap<PhoneNumber, Open> = open.into_iter().map(|one| (one.number, one)).collect();
        let mut known: HashSet<_> = known.into_iter().map(|(gateway, id)| (gateway, id, 0)).collect();
        let window = self.patience.duplicate_window;
        let without_id: Vec<usize> = (0..arrived.len())
            .filter(|place| arrived[*place].is_without_id() && !window.is_zero())
            .collect();
        let mut repeated = HashSet::new();
        if !without_id.is_empty() {
            let said = |place: &usize| arrived[*place].said(owner(&open, &arrived[*place], now).1);
            let contents: Vec<_> = without_id.iter().map(said).collect();
            let places = tx.read(messages::repeated(&contents, window)).await?;
            repeated = places
                .into_iter()
                .filter_map(|place| without_id.get(place).copied())
                .collect();
        }
        let mut gathering = Gathering::new(Vec::new(), 1, now, self.patience);
        if !parts.is_empty() {
            let commons: HashSet<_> = parts.iter().filter_map(|one| one.common()).collect();
            let commons: Vec<_> = commons.iter().collect();
            let long = long_messages::with(tx, &commons, now, self.patience.memory()).await?;
            let keys: Vec<_> = parts.iter().filter_map(|one| one.part_key()).collect();
            let known_parts = long_messages::known_parts(&keys);
            let (known_parts, next_long) = tx.read_two(known_parts, long_messages::next_id()).await?;
            known.extend(known_parts);
            gathering = Gathering::new(long, next_long, now, self.patience);
        }
        Ok(Intake {
            now,
            window,
            known,
            open,
            repeated,
            said: HashMap::new(),
            gathering,
            next_id,
            fresh: Vec::new(),
            part_ids: Vec::new(),
        })
    }
}

fn ids<'a>(arrived: &[&Arrived<'a>]) -> Vec<(GatewayId, &'a str)> {
    arrived
        .iter()
        .filter_map(|one| Some((one.gateway, one.sms.external_id.as_deref()?)))
        .collect()
}

/// Stores messages, with the duty to push those that belong to an operation.
pub(super) fn save(tx: &mut WriteTx, fresh: &[NewMessage<'_>], now: Timestamp) {
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
