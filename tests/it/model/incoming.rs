//! What a gateway delivers, and what becomes of it: rules 7 and 8, and what the operator's guide requires of lines and of
//! duplicates.

use std::collections::VecDeque;

use super::filter::WITHHELD;
use super::state::{DECLINED_MAX, Fate, HOUR, MINUTE, ModelState, PushAnswer};

/// How long the same again is a repetition, where there is no id.
pub const WINDOW: i64 = MINUTE;
/// By how much an SMS may have been sent before its rental: clocks differ.
pub const CLOCK_TOLERANCE: i64 = 2 * MINUTE;
/// The most SMS that a rental is given in an hour.
pub const SMS_PER_HOUR: u32 = 6;

/// The operation to which an SMS belongs, or why it is nobody's.
pub type Owner = Result<i64, &'static str>;
/// What a gateway gave an id to.
pub type Content = (Named, &'static str, String, Cut, Option<Part>);

/// An SMS as a gateway delivers it.
#[derive(Debug, Clone)]
pub struct Sms {
    pub gateway: usize,
    pub named: Named,
    pub sender: &'static str,
    pub text: String,
    /// In what a part was cut out of its message.
    pub cut: Cut,
    pub id: Option<String>,
    pub sent_at: Option<i64>,
    pub part: Option<Part>,
    /// What Onlinesim answers to its pushes.
    pub push_answers: Vec<PushAnswer>,
}

/// How an SMS names its receiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// In digits.
    Number(String),
    Lines(Vec<&'static str>),
}

/// Whether a part begins with the second half of an emoji, always the same one, and ends with the first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cut {
    pub begins: bool,
    pub ends: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub reference: u16,
    pub total: u8,
    /// From 1 to the total.
    pub place: u8,
}

/// What received an SMS, as far as it is known: the number, and the line that led to it. Without a number: all lines that
/// were named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receiver {
    pub number: Option<String>,
    pub line: Option<String>,
}

/// What becomes of an SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    OfRental(i64),
    OfNobody,
    /// A part that waits for others.
    Waits,
    /// It came before.
    Known,
}

#[derive(Debug, Clone)]
pub struct Message {
    pub gateway: usize,
    pub receiver: Receiver,
    pub sender: &'static str,
    pub text: String,
    pub has_id: bool,
    pub sent_at: Option<i64>,
    /// Rule 8: what was open on its number when it arrived.
    pub operation: Option<i64>,
    /// Why it is nobody's.
    pub unassigned: Option<&'static str>,
    pub received_at: i64,
    pub is_incomplete: bool,
    pub fate: Fate,
    /// How often Onlinesim answered it without taking it.
    pub declined: u32,
    /// What Onlinesim answers to its next pushes; SUCCESS afterwards.
    pub push_answers: VecDeque<PushAnswer>,
}

impl Message {
    /// Rule 7: whether the others of its operation go first.
    pub const fn is_behind(&self) -> bool {
        self.declined >= DECLINED_MAX
    }
}

impl ModelState {
    /// Of several lines the first one counts that a number of this gateway has.
    fn receiver(&mut self, sms: &Sms) -> Receiver {
        let lines = match &sms.named {
            Named::Number(digits) => {
                return Receiver {
                    number: Some(digits.clone()),
                    line: None,
                };
            }
            Named::Lines(lines) => lines,
        };
        let on = |gateway: Option<usize>, line: &str| {
            let sits = |number: &super::state::Number| {
                number.line == Some(line) && gateway.is_none_or(|gateway| gateway == number.gateway)
            };
            let mut sitting = self.numbers.iter().filter(|(_, number)| sits(number));
            sitting.next().map(|(digits, _)| digits.to_string())
        };
        let found = lines
            .iter()
            .find_map(|line| Some((on(Some(sms.gateway), line)?, (*line).to_owned())));
        let what = match &found {
            Some((_, line)) if line != lines[0] => "line known, not the first",
            Some(_) => "line known",
            None if lines.iter().any(|line| on(None, line).is_some()) => "line of another gateway",
            None => "line unknown",
        };
        self.notes.push(what);
        match found {
            Some((number, line)) => Receiver {
                number: Some(number),
                line: Some(line),
            },
            None => Receiver {
                number: None,
                line: Some(lines.join(", ")),
            },
        }
    }

    /// Whose an SMS is that comes now, and the time it is stored with: a rental that begins in the future, because the
    /// clock was set back since, has begun, and nobody knows when.
    pub fn tenant(&mut self, gateway: usize, receiver: &Receiver, sent_at: Option<i64>) -> (Owner, i64) {
        let now = self.now;
        let Some(digits) = &receiver.number else {
            return (Err("unknown_line"), now);
        };
        let number = digits.parse().ok().and_then(|digits: u64| self.numbers.get(&digits));
        let owner = match number {
            None => Err("not_ours"),
            Some(number) if number.gateway != gateway => Err("other_gateway"),
            Some(number) => number.operation.ok_or("not_rented"),
        };
        let Ok(id) = owner else { return (owner, now) };
        let opened_at = self.operations[&id].opened_at;
        if opened_at > now {
            return (owner, opened_at);
        }
        let Some(sent_at) = sent_at else { return (owner, now) };
        if sent_at < opened_at - CLOCK_TOLERANCE {
            return (Err("sent_before_rental"), now);
        }
        if sent_at < opened_at && self.previous_end(id).is_some_and(|ended| sent_at <= ended) {
            self.notes.push("sent to the previous renter");
            return (Err("sent_before_rental"), now);
        }
        (owner, now)
    }

    /// When the rental ended that the number had before this one.
    fn previous_end(&self, id: i64) -> Option<i64> {
        let number = self.operations[&id].number;
        let mut before = self.operations.range(..id).rev().map(|(_, operation)| operation);
        Some(before.find(|operation| operation.number == number)?.end?.at)
    }

    /// Rule 12: a rental is given so many in an hour, which begins with an SMS.
    pub fn admit(&mut self, owner: Owner, sender: &str) -> Owner {
        let now = self.now;
        let operation = self.operations.get_mut(&owner?).unwrap();
        if operation.end.is_some() || sender == WITHHELD {
            return owner;
        }
        let hour = operation
            .hour
            .filter(|(began_at, _)| (0..HOUR).contains(&(now - began_at)));
        let (began_at, count) = hour.unwrap_or((now, 0));
        if count >= SMS_PER_HOUR {
            return Err("too_many");
        }
        operation.hour = Some((began_at, count + 1));
        owner
    }

    /// An SMS arrives.
    pub fn receive(&mut self, sms: &Sms) -> Became {
        self.gateways[sms.gateway].alive_at = Some(self.now);
        let receiver = self.receiver(sms);
        let became = if self.has_known_id(sms) {
            Became::Known
        } else if let Some(part) = sms.part {
            self.receive_part(sms, part, receiver)
        } else {
            self.receive_whole(sms, receiver)
        };
        self.gateways[sms.gateway].repetitions += u64::from(became == Became::Known);
        became
    }

    /// The same id with the same content is the same SMS; with another one it is another SMS.
    fn has_known_id(&mut self, sms: &Sms) -> bool {
        let Some(id) = &sms.id else { return false };
        // All parts of a message may share one.
        let place = sms.part.map_or(0, |part| part.place);
        let content = (sms.named.clone(), sms.sender, sms.text.clone(), sms.cut, sms.part);
        let before = self.ids.entry((sms.gateway, id.clone(), place)).or_default();
        if before.contains(&content) {
            self.notes.push("known by its id");
            return true;
        }
        if !before.is_empty() {
            self.notes.push("id of another");
            self.gateways[sms.gateway].reused_ids += 1;
        }
        before.push(content);
        false
    }

    fn receive_whole(&mut self, sms: &Sms, receiver: Receiver) -> Became {
        let (owner, received_at) = self.tenant(sms.gateway, &receiver, sms.sent_at);
        if sms.id.is_none() && self.is_repetition(sms, &receiver, owner.ok(), received_at) {
            return Became::Known;
        }
        let owner = self.admit(owner, sms.sender);
        self.keep(Message {
            gateway: sms.gateway,
            receiver,
            sender: sms.sender,
            text: sms.text.clone(),
            has_id: sms.id.is_some(),
            sent_at: sms.sent_at,
            operation: owner.ok(),
            unassigned: owner.err(),
            received_at,
            is_incomplete: false,
            fate: Fate::Due(self.now),
            declined: 0,
            push_answers: sms.push_answers.iter().copied().collect(),
        })
    }

    /// Whether the same came within the window: sent at the same time, where both have one; else to the same renter.
    fn is_repetition(&mut self, sms: &Sms, receiver: &Receiver, operation: Option<i64>, received_at: i64) -> bool {
        let is_same = |one: &&Message| {
            !one.has_id
                && (one.gateway, one.sender, one.text.as_str()) == (sms.gateway, sms.sender, sms.text.as_str())
                && one.receiver == *receiver
        };
        let same: Vec<_> = self.messages.iter().filter(is_same).collect();
        let is_late = |one: &&&Message| (one.received_at - received_at).abs() > WINDOW;
        let is_it = |one: &&&Message| match (one.sent_at, sms.sent_at) {
            (Some(before), Some(now)) => before == now,
            _ => one.operation == operation,
        };
        let in_time = || same.iter().filter(|one| !is_late(one));
        let found = in_time().find(is_it);
        let what = match found {
            Some(one) if one.sent_at != sms.sent_at => "known, though only one has a sending time",
            Some(_) => "known by its content",
            None if in_time().any(|one| one.operation != operation) => "repeated to another renter",
            None if in_time().next().is_some() => "repeated, sent at another time",
            None if !same.is_empty() => "repeated later",
            None => return false,
        };
        let is_repetition = found.is_some();
        self.notes.push(what);
        is_repetition
    }

    /// Rule 7: it is stored, and due at once where it has an operation.
    pub fn keep(&mut self, message: Message) -> Became {
        let became = message.operation.map_or(Became::OfNobody, Became::OfRental);
        self.notes.extend(message.unassigned);
        self.notes.extend(message.is_withheld().then_some(match became {
            Became::OfRental(_) => "withheld from a renter",
            _ => "withheld, of nobody",
        }));
        self.messages.push(message.filtered());
        became
    }
}
