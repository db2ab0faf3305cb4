//! What is known about the SMS of a batch while they are decided one after another.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::received_sms::ReceivedSms;
use super::{Accepted, save};
use crate::domain::assignment::{AssignmentPolicy, OpenOperation, OwnNumber, Owner, SmsHour, UnassignedReason};
use crate::domain::concatenation::{ConcatenatedSmsId, IncomingPart, PartOutcome, PartTimeouts, Reassembly};
use crate::domain::delivery::MessageId;
use crate::domain::fingerprint::{ContentKey, Fingerprint, SmsId};
use crate::domain::operation::OperationId;
use crate::domain::phone::PhoneNumber;
use crate::domain::sms::SmsPart;
use crate::domain::sms_filter::SmsFilter;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::storage::gateways::Repetitions;
use crate::storage::messages::NewMessage;
use crate::storage::{WriteTx, gateways, incomplete_messages};

/// What was decided so far, and what the next decisions need.
pub(super) struct BatchState<'a> {
    pub(super) now: Timestamp,
    pub(super) policy: AssignmentPolicy,
    pub(super) timeouts: PartTimeouts,
    /// Decides about concatenated SMS that are complete.
    pub(super) filter: Arc<SmsFilter>,
    /// The ids that were received before.
    pub(super) ids: HashSet<SmsId<'a>>,
    /// Those of them that were received with the same content.
    pub(super) known: HashSet<(SmsId<'a>, Fingerprint)>,
    /// Those numbers that are in the inventory.
    pub(super) own: HashMap<PhoneNumber, OwnNumber>,
    /// The indexes in the batch of SMS without an id that repeat a stored one.
    pub(super) repeated: HashSet<usize>,
    /// The SMS without an id that this batch stores.
    pub(super) without_id: HashMap<Fingerprint, Vec<ContentKey>>,
    pub(super) reassembly: Reassembly,
    pub(super) next_id: i64,
    pub(super) new_messages: Vec<NewMessage<'a>>,
    /// The ids of new parts.
    pub(super) part_ids: Vec<(SmsId<'a>, Fingerprint)>,
    /// The operations whose count of SMS in the current hour changes.
    pub(super) hours: BTreeMap<OperationId, SmsHour>,
    /// How long operations waited whose first SMS this is.
    pub(super) first_sms: Vec<Duration>,
    pub(super) repetitions: BTreeMap<GatewayId, Repetitions>,
}

impl<'a> BatchState<'a> {
    /// Notes which of these ids were received before, by their indexes in the list, and whether with the same content.
    pub(super) fn add_known_ids(&mut self, ids: &[(SmsId<'a>, Fingerprint)], known: &[(usize, bool)]) {
        for (index, is_same) in known {
            let Some(id) = ids.get(*index) else { continue };
            self.ids.insert(id.0);
            self.known.extend(is_same.then_some(*id));
        }
    }

    /// The SMS that only their content identifies, with their indexes in the batch.
    pub(super) fn without_id_among(&self, received: &[ReceivedSms<'_>]) -> impl Iterator<Item = (usize, ContentKey)> {
        let is_checked = |one: &ReceivedSms<'_>| one.is_without_id() && !self.timeouts.duplicate_window.is_zero();
        let checked = received.iter().enumerate().filter(move |(_, one)| is_checked(one));
        checked.map(|(index, one)| {
            let (owner, received_at) = one.assign(&self.policy, &self.own, self.now);
            (index, one.without_id(owner, received_at))
        })
    }

    /// Decides what becomes of the SMS at `index` in the batch.
    pub(super) fn take(&mut self, index: usize, one: &'a ReceivedSms<'a>) -> Accepted {
        let accepted = match one.sms.part {
            _ if self.has_known_id(one) => Accepted::Duplicate,
            Some(part) => self.take_part(one, part),
            None => self.take_whole(index, one),
        };
        if accepted == Accepted::Duplicate {
            self.repetitions.entry(one.gateway).or_default().repetitions += 1;
        }
        accepted
    }

    /// Whether its id was received before with the same content. With other content it is another SMS, and that is counted.
    fn has_known_id(&mut self, one: &'a ReceivedSms<'a>) -> bool {
        let Some(id) = one.id() else { return false };
        if !self.known.insert(id) {
            return true;
        }
        if !self.ids.insert(id.0) {
            self.repetitions.entry(one.gateway).or_default().reused_ids += 1;
        }
        false
    }

    fn take_whole(&mut self, index: usize, one: &'a ReceivedSms<'a>) -> Accepted {
        let (owner, received_at) = one.assign(&self.policy, &self.own, self.now);
        if one.is_without_id() && self.is_repeated(index, one.without_id(owner, received_at)) {
            return Accepted::Duplicate;
        }
        let owner = self.admit(one, owner);
        self.keep(NewMessage {
            id: MessageId(self.next_id),
            gateway: one.gateway,
            owner,
            external_id: one.sms.external_id.as_deref(),
            fingerprint: one.fingerprint,
            to: &one.to,
            sender: &one.sms.sender,
            text: Cow::Owned(one.sms.text.to_string_lossy()),
            withheld: one.decision.is_withheld(),
            sent_at: one.sms.sent_at,
            received_at,
            incomplete: false,
            with_current_token: one.with_current_token,
        })
    }

    fn keep(&mut self, message: NewMessage<'a>) -> Accepted {
        let accepted = match message.owner {
            owner if message.withheld => Accepted::Withheld(owner),
            Ok(operation) => Accepted::Assigned(operation),
            Err(reason) => Accepted::Unassigned(reason),
        };
        self.next_id += 1;
        self.new_messages.push(message);
        accepted
    }

    fn open_operation_for(&self, one: &ReceivedSms<'_>) -> Option<OpenOperation> {
        self.own.get(&one.to.number()?)?.open
    }

    /// The same owner, unless the operation has received as many SMS as it may in an hour (rule 12). What is withheld does not
    /// count.
    fn admit(&mut self, one: &ReceivedSms<'_>, owner: Owner) -> Owner {
        let is_counted = |open: &OpenOperation| owner == Ok(open.id) && !one.decision.is_withheld();
        let Some(open) = self.open_operation_for(one).filter(is_counted) else {
            return owner;
        };
        let hour = self.hours.get(&open.id).copied().or(open.hour);
        if hour.is_none() {
            self.first_sms.push(self.now.since(open.opened_at));
        }
        let hour = self.policy.admit(hour, self.now).ok_or(UnassignedReason::TooMany)?;
        self.hours.insert(open.id, hour);
        owner
    }

    fn take_part(&mut self, one: &'a ReceivedSms<'a>, part: SmsPart) -> Accepted {
        self.part_ids.extend(one.id());
        let (owner, _) = one.assign(&self.policy, &self.own, self.now);
        let incoming = IncomingPart {
            part,
            text: one.sms.text.clone(),
            has_id: one.sms.external_id.is_some(),
            owner,
            sent_at: one.sms.sent_at,
            // `join` corrects this when the clock was set back during the rental.
            received_at: one.received_at,
        };
        match self.reassembly.take(one.concat_key(part), incoming) {
            PartOutcome::Duplicate => Accepted::Duplicate,
            PartOutcome::Begins(id) => {
                let owner = self.reassembly.find(id).map(|long| long.owner);
                if let Some(Err(reason)) = owner.map(|owner| self.admit(one, owner)) {
                    self.reassembly.disown(id, reason);
                }
                Accepted::Waiting
            }
            PartOutcome::Waits(_) => Accepted::Waiting,
            PartOutcome::Completes(id) => self.join(one, id),
        }
    }

    /// Joins parts into one message. It belongs to the operation of its first part if that is still open (rule 8).
    fn join(&mut self, last: &'a ReceivedSms<'a>, id: ConcatenatedSmsId) -> Accepted {
        let long = self.reassembly.find(id).expect("a completed SMS is in the reassembly");
        let (owner, received_at) = long.assign(self.open_operation_for(last));
        let text = long.text();
        let message = NewMessage {
            id: MessageId(self.next_id),
            gateway: last.gateway,
            owner,
            external_id: None,
            fingerprint: Fingerprint::of_content(last.gateway, &last.to, &last.sms.sender, &text),
            to: &last.to,
            sender: &last.sms.sender,
            withheld: self.filter.decide_joined(&last.sms.sender, &text).is_withheld(),
            text: Cow::Owned(text),
            sent_at: long.sent_at,
            received_at,
            incomplete: false,
            with_current_token: last.with_current_token,
        };
        self.keep(message)
    }

    /// Whether an SMS with the same content was received within the window. If not, notes this one.
    fn is_repeated(&mut self, index: usize, one: ContentKey) -> bool {
        let window = self.timeouts.duplicate_window;
        if window.is_zero() {
            return false;
        }
        let before = self.without_id.entry(one.fingerprint).or_default();
        let is_repeated = self.repeated.contains(&index) || before.iter().any(|before| one.repeats(before, window));
        if !is_repeated {
            before.push(one);
        }
        is_repeated
    }

    /// How often each gateway reused an id for another SMS.
    pub(super) fn reused_ids(&self) -> impl Iterator<Item = (GatewayId, u64)> {
        let each = self.repetitions.iter();
        each.map(|(gateway, counts)| (*gateway, counts.reused_ids))
    }

    /// Queues the statements that store what was decided.
    pub(super) fn save(self, tx: &mut WriteTx) {
        let reassembly = &self.reassembly;
        incomplete_messages::insert(tx, reassembly.begun());
        incomplete_messages::add(tx, reassembly.added());
        incomplete_messages::remember(tx, &self.part_ids, self.now);
        incomplete_messages::close(tx, reassembly.closed(), self.now);
        save(tx, &self.new_messages, &self.hours, self.now);
        gateways::count_repetitions(tx, &self.repetitions.into_iter().collect::<Vec<_>>());
    }
}
