//! What the database knows about the messages of a batch, while they are gone through one after another.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::{Accepted, save};
use crate::domain::delivery::MessageId;
use crate::domain::long_sms::{Arrival, Common, Gathering, LongSmsId, Taken};
use crate::domain::operation::OperationId;
use crate::domain::phone::PhoneNumber;
use crate::domain::sms::{Destination, InboundSms, Part};
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::storage::messages::{Content, NewMessage};
use crate::storage::operations::Open;
use crate::storage::{WriteTx, long_messages};

/// A message as it arrived. No `Debug`: it holds a text (rule 11).
pub(super) struct Arrived<'a> {
    pub(super) gateway: GatewayId,
    pub(super) sms: &'a InboundSms,
    /// Its number, found by its line where it names none.
    pub(super) to: Destination,
    pub(super) received_at: Timestamp,
}

/// What a message without an id says, and when it was sent and arrived.
pub(super) type Said<'a> = (Content<'a>, Option<Timestamp>, Timestamp);

impl Arrived<'_> {
    /// Whether only what it says can tell it apart.
    pub(super) const fn is_without_id(&self) -> bool {
        self.sms.external_id.is_none() && self.sms.part.is_none()
    }

    /// With the time to which its arrival is put: see [`owner`].
    pub(super) fn said(&self, received_at: Timestamp) -> Said<'_> {
        let content = Content {
            gateway: self.gateway,
            to: &self.to,
            sender: &self.sms.sender,
            text: &self.sms.text,
        };
        (content, self.sms.sent_at, received_at)
    }

    /// What tells it apart as a part, if it is one with an id.
    pub(super) fn part_key(&self) -> Option<(GatewayId, &str, u8)> {
        Some((self.gateway, self.sms.external_id.as_deref()?, self.sms.part?.sequence))
    }

    /// What it has in common with the other parts of its message, if it is a part.
    pub(super) fn common(&self) -> Option<Common> {
        self.sms.part.map(|part| Common {
            gateway: self.gateway,
            to: self.to.clone(),
            sender: self.sms.sender.clone(),
            reference: part.reference,
            total: part.total,
        })
    }
}

/// The operation that is open on its number, and the time to which its arrival is put.
pub(super) fn owner(
    open: &HashMap<PhoneNumber, Open>,
    one: &Arrived<'_>,
    now: Timestamp,
) -> (Option<OperationId>, Timestamp) {
    let open = one.to.number().and_then(|number| open.get(&number));
    // A rental that begins in the future: the clock was put back since, and the message came after all.
    let future = open.map(|open| open.opened_at).filter(|opened_at| *opened_at > now);
    let received_at = future.unwrap_or(one.received_at);
    let operation = open.filter(|open| open.opened_at <= received_at).map(|open| open.id);
    (operation, received_at)
}

/// See the module.
pub(super) struct Intake<'a> {
    pub(super) now: Timestamp,
    /// How long the same SMS again is a repetition.
    pub(super) window: Duration,
    /// The ids that came before; 0, or the place of a part.
    pub(super) known: HashSet<(GatewayId, String, u8)>,
    /// The open operations.
    pub(super) open: HashMap<PhoneNumber, Open>,
    /// The places in the batch of those that say what is stored already.
    pub(super) repeated: HashSet<usize>,
    /// What those that are stored now and have no id say, with their times of sending and arriving.
    pub(super) said: HashMap<Content<'a>, Vec<(Option<Timestamp>, Timestamp)>>,
    pub(super) gathering: Gathering,
    pub(super) next_id: i64,
    pub(super) fresh: Vec<NewMessage<'a>>,
    /// The ids of new parts.
    pub(super) part_ids: Vec<(GatewayId, &'a str, u8)>,
}

impl<'a> Intake<'a> {
    /// Decides what becomes of the message that stands at `place` in the batch.
    pub(super) fn take(&mut self, place: usize, one: &'a Arrived<'a>) -> Accepted {
        let id = one.sms.external_id.as_deref();
        let place_of_part = one.sms.part.map_or(0, |part| part.sequence);
        if id.is_some_and(|id| !self.known.insert((one.gateway, id.to_owned(), place_of_part))) {
            return Accepted::Duplicate;
        }
        if let (Some(part), Some(common)) = (one.sms.part, one.common()) {
            return self.take_part(one, part, common);
        }
        let (operation, received_at) = owner(&self.open, one, self.now);
        if one.is_without_id() && self.is_repeated(place, one.said(received_at)) {
            return Accepted::Duplicate;
        }
        self.keep(NewMessage {
            id: MessageId(self.next_id),
            gateway: one.gateway,
            operation,
            external_id: id,
            to: &one.to,
            sender: &one.sms.sender,
            text: Cow::Borrowed(&one.sms.text),
            sent_at: one.sms.sent_at,
            received_at,
            incomplete: false,
        })
    }

    fn keep(&mut self, message: NewMessage<'a>) -> Accepted {
        let operation = message.operation;
        self.next_id += 1;
        self.fresh.push(message);
        operation.map_or(Accepted::Unassigned, Accepted::Assigned)
    }

    fn take_part(&mut self, one: &'a Arrived<'a>, part: Part, common: Common) -> Accepted {
        let id = one.sms.external_id.as_deref();
        self.part_ids.extend(id.map(|id| (one.gateway, id, part.sequence)));
        let (operation, _) = owner(&self.open, one, self.now);
        let arrival = Arrival {
            part,
            text: &one.sms.text,
            has_id: id.is_some(),
            operation,
            sent_at: one.sms.sent_at,
            // Put to the time of its rental once it is known to be that one's: see [`Intake::join`].
            received_at: one.received_at,
        };
        match self.gathering.take(common, &arrival) {
            Taken::Duplicate => Accepted::Duplicate,
            Taken::Waits(_) => Accepted::Waiting,
            Taken::Completes(id) => self.join(one, id),
        }
    }

    /// Makes one message of parts: it belongs to the operation that was open when the first of them arrived, if that is
    /// open still (rule 8).
    fn join(&mut self, last: &'a Arrived<'a>, id: LongSmsId) -> Accepted {
        let long = self.gathering.find(id).expect("what a part completes is gathered");
        let open = last.to.number().and_then(|number| self.open.get(&number));
        let open = open.filter(|open| Some(open.id) == long.operation);
        let message = NewMessage {
            id: MessageId(self.next_id),
            gateway: last.gateway,
            operation: open.map(|open| open.id),
            external_id: None,
            to: &last.to,
            sender: &last.sms.sender,
            text: Cow::Owned(long.text()),
            sent_at: long.sent_at,
            received_at: open.map_or(long.received_at, |open| open.opened_at.max(long.received_at)),
            incomplete: false,
        };
        self.keep(message)
    }

    /// Whether the same was said within the window; if not, it is now. Times of sending differ only where both say one.
    fn is_repeated(&mut self, place: usize, (content, sent_at, received_at): Said<'a>) -> bool {
        if self.window.is_zero() {
            return false;
        }
        if self.repeated.contains(&place) {
            return true;
        }
        let said = self.said.entry(content).or_default();
        let is_repeated = said.iter().any(|(sent_before, received_before)| {
            let apart = received_at
                .since(*received_before)
                .max(received_before.since(received_at));
            apart <= self.window && (sent_at.is_none() || sent_before.is_none() || sent_at == *sent_before)
        });
        if !is_repeated {
            said.push((sent_at, received_at));
        }
        is_repeated
    }

    /// Queues all that was decided.
    pub(super) fn save(self, tx: &mut WriteTx) {
        let gathering = &self.gathering;
        long_messages::insert(tx, gathering.begun());
        long_messages::add(tx, gathering.added());
        long_messages::remember(tx, &self.part_ids, self.now);
        long_messages::close(tx, gathering.closed(), self.now);
        if !self.fresh.is_empty() {
            save(tx, &self.fresh, self.now);
        }
    }
}
