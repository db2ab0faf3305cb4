//! What the database knows about the messages of a batch, while they are gone through one after another.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::received_sms::ReceivedSms;
use super::{Accepted, save};
use crate::domain::assignment::{AssignmentPolicy, OpenOperation, OwnNumber, Owner, SmsHour, UnassignedReason};
use crate::domain::concatenation::{ConcatenatedSmsId, IncomingPart, PartOutcome, PartTimeouts, Reassembly};
use crate::domain::delivery::MessageId;
use crate::domain::fingerprint::{ContentKey, Fingerprint, SmsId};
use crate::domain::operation::OperationId;
use crate::domain::phone::PhoneNumber;
use crate::domain::sms::SmsPart;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::storage::gateways::Repetitions;
use crate::storage::messages::NewMessage;
use crate::storage::{WriteTx, gateways, incomplete_messages};

/// The messages that are decided so far, and what the next decisions need.
pub(super) struct BatchState<'a> {
    pub(super) now: Timestamp,
    pub(super) policy: AssignmentPolicy,
    pub(super) timeouts: PartTimeouts,
    /// The ids that came before.
    pub(super) ids: HashSet<SmsId<'a>>,
    /// Those of them that came with the same content.
    pub(super) known: HashSet<(SmsId<'a>, Fingerprint)>,
    /// The numbers that are ours.
    pub(super) own: HashMap<PhoneNumber, OwnNumber>,
    /// The places in the batch of those that repeat what is stored already.
    pub(super) repeated: HashSet<usize>,
    /// Those that are stored now and have no id.
    pub(super) without_id: HashMap<Fingerprint, Vec<ContentKey>>,
    pub(super) reassembly: Reassembly,
    pub(super) next_id: i64,
    pub(super) new_messages: Vec<NewMessage<'a>>,
    /// The ids of new parts.
    pub(super) part_ids: Vec<(SmsId<'a>, Fingerprint)>,
    /// The hours that change of operations.
    pub(super) hours: BTreeMap<OperationId, SmsHour>,
    pub(super) repetitions: BTreeMap<GatewayId, Repetitions>,
}

impl<'a> BatchState<'a> {
    /// Takes over which of these ids came before, by their places in the list, and whether with the same content.
    pub(super) fn add_known_ids(&mut self, ids: &[(SmsId<'a>, Fingerprint)], known: &[(usize, bool)]) {
        for (place, is_same) in known {
            let Some(id) = ids.get(*place) else { continue };
            self.ids.insert(id.0);
            self.known.extend(is_same.then_some(*id));
        }
    }

    /// Messages that only their content can tell apart, with their places in the batch.
    pub(super) fn without_id_among(&self, received: &[ReceivedSms<'_>]) -> impl Iterator<Item = (usize, ContentKey)> {
        let is_meant = |one: &ReceivedSms<'_>| one.is_without_id() && !self.timeouts.duplicate_window.is_zero();
        let meant = received.iter().enumerate().filter(move |(_, one)| is_meant(one));
        meant.map(|(place, one)| {
            let (owner, received_at) = one.assign(&self.policy, &self.own, self.now);
            (place, one.without_id(owner, received_at))
        })
    }

    /// Decides what becomes of the message that stands at `place` in the batch.
    pub(super) fn take(&mut self, place: usize, one: &'a ReceivedSms<'a>) -> Accepted {
        let accepted = match one.sms.part {
            _ if self.has_known_id(one) => Accepted::Duplicate,
            Some(part) => self.take_part(one, part),
            None => self.take_whole(place, one),
        };
        if accepted == Accepted::Duplicate {
            self.repetitions.entry(one.gateway).or_default().repetitions += 1;
        }
        accepted
    }

    /// Whether its id came before with the same content. With other content it is another message, and is counted.
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

    fn take_whole(&mut self, place: usize, one: &'a ReceivedSms<'a>) -> Accepted {
        let (owner, received_at) = one.assign(&self.policy, &self.own, self.now);
        if one.is_without_id() && self.is_repeated(place, one.without_id(owner, received_at)) {
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
            text: Cow::Borrowed(&one.sms.text),
            sent_at: one.sms.sent_at,
            received_at,
            incomplete: false,
        })
    }

    fn keep(&mut self, message: NewMessage<'a>) -> Accepted {
        let owner = message.owner;
        self.next_id += 1;
        self.new_messages.push(message);
        owner.map_or_else(Accepted::Unassigned, Accepted::Assigned)
    }

    fn open_operation_for(&self, one: &ReceivedSms<'_>) -> Option<OpenOperation> {
        self.own.get(&one.to.number()?)?.open
    }

    /// The same owner, as long as the operation that is open on the number is given more (rule 12).
    fn admit(&mut self, one: &ReceivedSms<'_>, owner: Owner) -> Owner {
        let Some(open) = self.open_operation_for(one).filter(|open| owner == Ok(open.id)) else {
            return owner;
        };
        let hour = self.hours.get(&open.id).copied().or(open.hour);
        let hour = self.policy.admit(hour, self.now).ok_or(UnassignedReason::TooMany)?;
        self.hours.insert(open.id, hour);
        owner
    }

    fn take_part(&mut self, one: &'a ReceivedSms<'a>, part: SmsPart) -> Accepted {
        self.part_ids.extend(one.id());
        let (owner, _) = one.assign(&self.policy, &self.own, self.now);
        let incoming = IncomingPart {
            part,
            text: &one.sms.text,
            has_id: one.sms.external_id.is_some(),
            owner,
            sent_at: one.sms.sent_at,
            // Put to the time of its rental once it is known to be that one's: see [`BatchState::join`].
            received_at: one.received_at,
        };
        match self.reassembly.take(one.common(part), &incoming) {
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

    /// Makes one message of parts: it belongs to the operation to which its first part belonged, if that is open still
    /// (rule 8).
    fn join(&mut self, last: &'a ReceivedSms<'a>, id: ConcatenatedSmsId) -> Accepted {
        let long = self.reassembly.find(id).expect("what a part completes is gathered");
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
            text: Cow::Owned(text),
            sent_at: long.sent_at,
            received_at,
            incomplete: false,
        };
        self.keep(message)
    }

    /// Whether the same came within the window; if not, it does now.
    fn is_repeated(&mut self, place: usize, one: ContentKey) -> bool {
        let window = self.timeouts.duplicate_window;
        if window.is_zero() {
            return false;
        }
        let before = self.without_id.entry(one.fingerprint).or_default();
        let is_repeated = self.repeated.contains(&place) || before.iter().any(|before| one.repeats(before, window));
        if !is_repeated {
            before.push(one);
        }
        is_repeated
    }

    /// How often each gateway gave an id to another message.
    pub(super) fn reused_ids(&self) -> impl Iterator<Item = (GatewayId, u64)> {
        let each = self.repetitions.iter();
        each.map(|(gateway, counts)| (*gateway, counts.reused_ids))
    }

    /// Queues all that was decided.
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
