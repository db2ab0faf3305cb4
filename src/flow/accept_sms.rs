//! SMS come in: stored once, bound to the operation that is open on their number, and queued to be pushed (rules 7, 8).
//! Parts of concatenated SMS wait for each other first.

mod batch_state;
mod received_sms;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use tokio::time::Instant;

use super::group_commit::{Batch, BatchCommand, SubmitError};
use super::trouble_counters::TroubleCounters;
use super::{Flows, Wakeups};
use crate::clock::Clock;
use crate::domain::assignment::{AssignmentPolicy, SmsHour, UnassignedReason};
use crate::domain::concatenation::{PartTimeouts, Reassembly};
use crate::domain::delivery::MessageId;
use crate::domain::fingerprint::ContentKey;
use crate::domain::operation::OperationId;
use crate::domain::phone::PhoneNumber;
use crate::domain::sms::InboundSms;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::domain::trouble::Trouble;
use crate::storage::messages::NewMessage;
use crate::storage::operations::ReceivedCount;
use crate::storage::{Error, WriteTx, deliveries, gateways, incomplete_messages, messages, operations};
use batch_state::BatchState;
use received_sms::{ReceivedSms, resolve_destinations};

/// What a gateway delivers in one request: all of it is stored, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundBatch {
    /// From which gateway.
    pub gateway: GatewayId,
    /// Its SMS; may be empty.
    pub messages: Vec<InboundSms>,
    /// When the request arrived, which decides the operation that an SMS belongs to; not when it is stored (rule 8).
    pub received_at: Timestamp,
}

/// What became of a message; durable whichever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// Stored, and due to be pushed for that operation.
    Assigned(OperationId),
    /// Stored; it belongs to no operation.
    Unassigned(UnassignedReason),
    /// A part of a longer one, kept until the others come.
    Waiting,
    /// The same gateway delivered it before.
    Duplicate,
}

impl Flows {
    /// Stores what a gateway sent. Either it is committed by the deadline or never (rule 10).
    pub async fn accept_sms(&self, batch: InboundBatch, deadline: Instant) -> Result<Vec<Accepted>, SubmitError> {
        self.accept_sms.submit(batch, deadline).await
    }
}

/// The command of the group commit.
#[derive(Debug)]
pub(super) struct AcceptSms {
    /// What time it is.
    pub(super) clock: Clock,
    /// Which operation an SMS belongs to.
    pub(super) assignment: AssignmentPolicy,
    /// How long parts wait, and what counts as a repetition.
    pub(super) timeouts: PartTimeouts,
    /// Notified when something is due to be pushed, and when a concatenated SMS waits for its parts.
    pub(super) wakeups: Wakeups,
    /// Which gateways send SMS.
    pub(super) troubles: Arc<TroubleCounters>,
}

impl BatchCommand for AcceptSms {
    type Request = InboundBatch;
    type Outcome = Vec<Accepted>;
    type Answer = Vec<Accepted>;

    async fn execute(&self, tx: &mut WriteTx, requests: &[&InboundBatch]) -> Result<Batch<Vec<Accepted>>, Error> {
        let now = self.clock.now();
        let received = resolve_destinations(tx, requests).await?;
        let mut state = self.load(tx, &received, now).await?;
        let mut accepted = received.iter().enumerate().map(|(place, one)| state.take(place, one));
        let decisions: Vec<Vec<Accepted>> = requests
            .iter()
            .map(|request| accepted.by_ref().take(request.messages.len()).collect())
            .collect();
        drop(accepted);
        for (gateway, count) in state.reused_ids() {
            let detail = "one id, different messages";
            self.troubles.note(Trouble::RepetitionDiffers(gateway), count, detail);
        }
        state.save(tx);
        let online: HashSet<GatewayId> = requests.iter().map(|request| request.gateway).collect();
        self.troubles.sms_from(reaching_renters(requests, &decisions));
        gateways::touch(tx, &online.into_iter().collect::<Vec<_>>(), now);
        Ok(Batch {
            decisions,
            // A message that is known already counts as a heartbeat, too.
            changed: true,
        })
    }

    fn answer(&self, decision: Vec<Accepted>) -> Vec<Accepted> {
        if decision.contains(&Accepted::Waiting) {
            self.wakeups.parts.notify_one();
        }
        decision
    }

    fn committed(&self) {
        self.wakeups.deliveries.notify_one();
    }
}

impl AcceptSms {
    /// What the decisions need: one round trip, and more where messages come without ids or in parts.
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
            policy: self.assignment,
            timeouts: self.timeouts,
            ids: HashSet::new(),
            known: HashSet::new(),
            own: own.into_iter().map(|one| (one.number, one)).collect(),
            repeated: HashSet::new(),
            without_id: HashMap::new(),
            reassembly: Reassembly::new(Vec::new(), 1, now, self.timeouts),
            next_id,
            new_messages: Vec::new(),
            part_ids: Vec::new(),
            hours: BTreeMap::new(),
            repetitions: BTreeMap::new(),
        };
        state.add_known_ids(&ids, &known);
        let (places, without_id): (Vec<usize>, Vec<ContentKey>) = state.without_id_among(received).unzip();
        if !without_id.is_empty() {
            let repeated = tx
                .read(messages::recent_duplicates(&without_id, self.timeouts.duplicate_window))
                .await?;
            let repeated = repeated.into_iter().filter_map(|place| places.get(place));
            state.repeated = repeated.copied().collect();
        }
        if !parts.is_empty() {
            let commons: HashSet<_> = parts.iter().filter_map(|one| Some(one.common(one.sms.part?))).collect();
            let commons: Vec<_> = commons.iter().collect();
            let long = incomplete_messages::candidates(tx, &commons, now, self.timeouts.memory()).await?;
            let ids: Vec<_> = parts.iter().filter_map(|one| one.id()).collect();
            let known = incomplete_messages::existing_part_ids(&ids);
            let (known, next_long) = tx.read_two(known, incomplete_messages::next_id()).await?;
            state.add_known_ids(&ids, &known);
            state.reassembly = Reassembly::new(long, next_long, now, self.timeouts);
        }
        Ok(state)
    }
}

/// The numbers for which something received, each with the earliest time at which that was sent, as far as it is known.
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

/// The gateways of which something reached a rental, or waits for its other parts. One whose SMS all belong to nobody is
/// silent to its renters.
fn reaching_renters(requests: &[&InboundBatch], decisions: &[Vec<Accepted>]) -> impl Iterator<Item = GatewayId> {
    let reaches = |accepted: &Accepted| matches!(accepted, Accepted::Assigned(_) | Accepted::Waiting);
    let each = requests.iter().zip(decisions);
    each.filter(move |(_, accepted)| accepted.iter().any(reaches))
        .map(|(request, _)| request.gateway)
}

/// Stores messages, with the duty to push those that belong to an operation, and the hours in which operations were given
/// SMS.
pub(super) fn save(
    tx: &mut WriteTx,
    new_messages: &[NewMessage<'_>],
    hours: &BTreeMap<OperationId, SmsHour>,
    now: Timestamp,
) {
    messages::insert(tx, new_messages);
    let assigned: Vec<(MessageId, OperationId)> = new_messages
        .iter()
        .filter_map(|message| Some((message.id, message.owner.ok()?)))
        .collect();
    deliveries::insert(tx, &assigned, now);
    let begin = |hour: &SmsHour| ReceivedCount {
        messages: 0,
        hour: Some(*hour),
    };
    let mut given: BTreeMap<OperationId, ReceivedCount> = hours.iter().map(|(id, hour)| (*id, begin(hour))).collect();
    for (_, operation) in assigned {
        given.entry(operation).or_default().messages += 1;
    }
    operations::give(tx, &given);
}
