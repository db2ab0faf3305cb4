//! Accepts SMS from gateways: each is stored once, assigned to the operation that is open on its number, and queued to be
//! pushed (rules 7, 8). Parts of concatenated SMS wait for each other first.

mod batch_state;
mod filtered_batch;
mod received_sms;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::group_commit::{Batch, BatchCommand, SubmitError};
use super::trouble_counters::TroubleCounters;
use super::{Flows, Policies, Wakeups};
use crate::clock::Clock;
use crate::domain::assignment::{Owner, SmsHour, UnassignedReason};
use crate::domain::concatenation::Reassembly;
use crate::domain::delivery::MessageId;
use crate::domain::fingerprint::ContentKey;
use crate::domain::operation::OperationId;
use crate::domain::phone::PhoneNumber;
use crate::domain::sms::InboundSms;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::domain::trouble::Trouble;
use crate::metrics::Metrics;
use crate::metrics::labels::BatchKind;
use crate::storage::messages::NewMessage;
use crate::storage::operations::ReceivedCount;
use crate::storage::{Error, WriteTx, deliveries, gateways, incomplete_messages, messages, operations};
use batch_state::BatchState;
use filtered_batch::FilteredBatch;
use received_sms::{ReceivedSms, resolve_destinations};

/// The SMS of one request of a gateway: all of them are stored, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundBatch {
    /// The gateway.
    pub gateway: GatewayId,
    /// Whether the request had the current token of the gateway, not an older one.
    pub with_current_token: bool,
    /// May be empty.
    pub messages: Vec<InboundSms>,
    /// When the request arrived. This decides which operation an SMS belongs to, not the time at which it is stored
    /// (rule 8).
    pub received_at: Timestamp,
}

/// What became of an SMS; durable in each case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// Stored, and due to be pushed for that operation.
    Assigned(OperationId),
    /// Stored; it belongs to no operation.
    Unassigned(UnassignedReason),
    /// Stored, and never pushed: the filter withholds it. Otherwise it would be for that operation, or for none.
    Withheld(Owner),
    /// A part of a concatenated SMS, kept until the other parts arrive.
    Waiting,
    /// The gateway sent it before.
    Duplicate,
}

impl Flows {
    /// Stores what a gateway sent. Either it is committed by the deadline or never (rule 10).
    pub async fn accept_sms(&self, batch: InboundBatch, deadline: Instant) -> Result<Vec<Accepted>, SubmitError> {
        let filtered = FilteredBatch::new(batch, &self.policies.filter);
        self.accept_sms.submit(filtered, deadline).await
    }
}

/// The command of the group commit.
#[derive(Debug)]
pub(super) struct AcceptSms {
    /// The time at which a batch is decided.
    pub(super) clock: Clock,
    /// Decide which operation an SMS belongs to, how long parts wait, what counts as a repetition, and what is withheld.
    pub(super) policies: Policies,
    /// Notified when something is due to be pushed, and when a concatenated SMS waits for its parts.
    pub(super) wakeups: Wakeups,
    /// Counts which gateways send SMS.
    pub(super) troubles: Arc<TroubleCounters>,
    /// Counts how long rentals wait for their first SMS.
    pub(super) metrics: Arc<Metrics>,
}

/// What a batch tells about its gateways.
#[derive(Debug)]
pub(super) struct Observed {
    /// How often each used an id again for another message.
    reused_ids: Vec<(GatewayId, u64)>,
    /// Those whose SMS arrive for renters.
    reaching_renters: Vec<GatewayId>,
    /// How long rentals waited whose first SMS this is.
    first_sms: Vec<Duration>,
}

impl BatchCommand for AcceptSms {
    const KIND: BatchKind = BatchKind::AcceptSms;

    type Request = FilteredBatch;
    type Outcome = Vec<Accepted>;
    type Answer = Vec<Accepted>;
    type Effects = Observed;

    async fn execute(
        &self,
        tx: &mut WriteTx,
        requests: &[&FilteredBatch],
    ) -> Result<Batch<Vec<Accepted>, Observed>, Error> {
        let now = self.clock.now();
        let received = resolve_destinations(tx, requests).await?;
        let mut state = self.load(tx, &received, now).await?;
        let mut accepted = received.iter().enumerate().map(|(index, one)| state.take(index, one));
        let decisions: Vec<Vec<Accepted>> = requests
            .iter()
            .map(|request| accepted.by_ref().take(request.batch.messages.len()).collect())
            .collect();
        drop(accepted);
        let reused_ids = state.reused_ids().collect();
        let first_sms = std::mem::take(&mut state.first_sms);
        state.save(tx);
        let online: HashSet<GatewayId> = requests.iter().map(|request| request.batch.gateway).collect();
        let reaching_renters = reaching_renters(requests, &decisions).collect();
        gateways::touch(tx, &online.into_iter().collect::<Vec<_>>(), now);
        Ok(Batch {
            decisions,
            // A duplicate counts as a heartbeat, too.
            changed: true,
            effects: Observed {
                reused_ids,
                reaching_renters,
                first_sms,
            },
        })
    }

    fn answer(&self, decision: Vec<Accepted>) -> Vec<Accepted> {
        if decision.contains(&Accepted::Waiting) {
            self.wakeups.parts.notify_one();
        }
        decision
    }

    fn committed(&self, observed: Observed) {
        for (gateway, count) in observed.reused_ids {
            let detail = "one id, different messages";
            self.troubles.note(Trouble::RepetitionDiffers(gateway), count, detail);
        }
        self.troubles.sms_from(observed.reaching_renters);
        for waited in observed.first_sms {
            self.metrics.rentals.first_sms.observe(waited);
        }
        self.wakeups.deliveries.notify_one();
    }
}

impl AcceptSms {
    /// Loads what the decisions need: one round trip, more where SMS have no ids or come in parts.
    async fn load<'a>(
        &self,
        tx: &mut WriteTx,
        received: &'a [ReceivedSms<'a>],
        now: Timestamp,
    ) -> Result<BatchState<'a>, Error> {
        let (parts, whole): (Vec<&ReceivedSms<'_>>, Vec<_>) = received.iter().partition(|one| one.sms.part.is_some());
        let ids: Vec<_> = whole.iter().filter_map(|one| one.id()).collect();
        let own = operations::open_on(earliest_sent(received));
        let (known, own, next_id) = tx
            .read_three(messages::existing_ids(&ids), own, messages::next_id())
            .await?;
        let mut state = BatchState {
            now,
            policy: self.policies.assignment,
            timeouts: self.policies.parts,
            filter: Arc::clone(&self.policies.filter),
            ids: HashSet::new(),
            known: HashSet::new(),
            own: own.into_iter().map(|one| (one.number, one)).collect(),
            repeated: HashSet::new(),
            without_id: HashMap::new(),
            reassembly: Reassembly::new(Vec::new(), 1, now, self.policies.parts),
            next_id,
            new_messages: Vec::new(),
            part_ids: Vec::new(),
            hours: BTreeMap::new(),
            first_sms: Vec::new(),
            repetitions: BTreeMap::new(),
        };
        state.add_known_ids(&ids, &known);
        let (indexes, without_id): (Vec<usize>, Vec<ContentKey>) = state.without_id_among(received).unzip();
        if !without_id.is_empty() {
            let repeated = tx
                .read(messages::recent_duplicates(
                    &without_id,
                    self.policies.parts.duplicate_window,
                ))
                .await?;
            let repeated = repeated.into_iter().filter_map(|index| indexes.get(index));
            state.repeated = repeated.copied().collect();
        }
        if !parts.is_empty() {
            let keys: HashSet<_> = parts
                .iter()
                .filter_map(|one| Some(one.concat_key(one.sms.part?)))
                .collect();
            let keys: Vec<_> = keys.iter().collect();
            let incomplete = incomplete_messages::candidates(tx, &keys, now, self.policies.parts.memory()).await?;
            let ids: Vec<_> = parts.iter().filter_map(|one| one.id()).collect();
            let known = incomplete_messages::existing_part_ids(&ids);
            let (known, next_concatenated_id) = tx.read_two(known, incomplete_messages::next_id()).await?;
            state.add_known_ids(&ids, &known);
            state.reassembly = Reassembly::new(incomplete, next_concatenated_id, now, self.policies.parts);
        }
        Ok(state)
    }
}

/// The numbers that received SMS, each with the earliest time at which one of them was sent, as far as known.
fn earliest_sent(received: &[ReceivedSms<'_>]) -> HashMap<PhoneNumber, Option<Timestamp>> {
    let mut earliest: HashMap<PhoneNumber, Option<Timestamp>> = HashMap::new();
    for (number, sent_at) in received
        .iter()
        .filter_map(|one| Some((one.to.number()?, one.sms.sent_at)))
    {
        let sent = earliest.entry(number).or_default();
        *sent = sent.iter().copied().chain(sent_at).min();
    }
    earliest
}

/// The gateways with an SMS that belongs to a rental or waits for its other parts. A gateway whose SMS all belong to no
/// rental counts as silent. One whose SMS is withheld does not: it delivers.
fn reaching_renters(requests: &[&FilteredBatch], decisions: &[Vec<Accepted>]) -> impl Iterator<Item = GatewayId> {
    let reaches = |accepted: &Accepted| {
        matches!(
            accepted,
            Accepted::Assigned(_) | Accepted::Withheld(Ok(_)) | Accepted::Waiting
        )
    };
    let each = requests.iter().zip(decisions);
    each.filter(move |(_, accepted)| accepted.iter().any(reaches))
        .map(|(request, _)| request.batch.gateway)
}

/// Stores messages, deliveries for those that belong to an operation and are not withheld, and how many SMS each operation
/// received in its current hour.
pub(super) fn save(
    tx: &mut WriteTx,
    new_messages: &[NewMessage<'_>],
    hours: &BTreeMap<OperationId, SmsHour>,
    now: Timestamp,
) {
    messages::insert(tx, new_messages);
    let assigned = || new_messages.iter().filter_map(|one| Some((one, one.owner.ok()?)));
    let pushed = assigned().filter(|(message, _)| !message.withheld);
    let pushed: Vec<(MessageId, OperationId)> = pushed.map(|(message, operation)| (message.id, operation)).collect();
    deliveries::insert(tx, &pushed, now);
    let counted = |hour: &SmsHour| ReceivedCount {
        hour: Some(*hour),
        ..ReceivedCount::default()
    };
    let mut received: BTreeMap<OperationId, ReceivedCount> =
        hours.iter().map(|(id, hour)| (*id, counted(hour))).collect();
    for (message, operation) in assigned() {
        let count = received.entry(operation).or_default();
        count.messages += 1;
        count.sms += i64::from(!message.withheld);
    }
    operations::count_received(tx, &received);
}
