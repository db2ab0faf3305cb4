//! What a gateway hands over, and what becomes of it: rules 7 and 8, and what the operator's guide says of lines and of
//! duplicates.

use std::collections::VecDeque;

use super::world::{Fate, MINUTE, Say, World};

/// How long the same again is a repetition, where there is no id.
pub const WINDOW: i64 = MINUTE;

/// An SMS as a gateway hands it over.
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
    /// What Onlinesim will say to it.
    pub says: Vec<Say>,
}

/// How an SMS says what received it.
#[derive(Debug, Clone)]
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

#[derive(Debug, Clone, Copy)]
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
    pub received_at: i64,
    pub is_incomplete: bool,
    pub fate: Fate,
    /// What Onlinesim will say to it; SUCCESS afterwards.
    pub says: VecDeque<Say>,
}

impl World {
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
            let sits = |number: &super::world::Number| {
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

    /// What is open on the number now, and when an SMS that comes now is said to have come: a rental that begins in the
    /// future, because the clock was set back since, has begun.
    pub fn tenant(&self, receiver: &Receiver) -> (Option<i64>, i64) {
        let number = receiver.number.as_ref().and_then(|digits| digits.parse().ok());
        let number = number.and_then(|digits: u64| self.numbers.get(&digits));
        let operation = number.and_then(|number| number.operation);
        let opened_at = operation.map(|id| self.operations[&id].opened_at);
        (operation, opened_at.map_or(self.now, |at| at.max(self.now)))
    }

    /// An SMS arrives.
    pub fn receive(&mut self, sms: &Sms) -> Became {
        self.gateways[sms.gateway].alive_at = Some(self.now);
        let receiver = self.receiver(sms);
        if let Some(id) = &sms.id {
            // All parts of a message may share one.
            let place = sms.part.map_or(0, |part| part.place);
            if !self.ids.insert((sms.gateway, id.clone(), place)) {
                self.notes.push("known by its id");
                return Became::Known;
            }
        }
        if let Some(part) = sms.part {
            return self.receive_part(sms, part, receiver);
        }
        let (operation, received_at) = self.tenant(&receiver);
        if sms.id.is_none() && self.is_said(sms, &receiver, received_at) {
            return Became::Known;
        }
        self.keep(Message {
            gateway: sms.gateway,
            receiver,
            sender: sms.sender,
            text: sms.text.clone(),
            has_id: sms.id.is_some(),
            sent_at: sms.sent_at,
            operation,
            received_at,
            is_incomplete: false,
            fate: Fate::Due(self.now),
            says: sms.says.iter().copied().collect(),
        })
    }

    /// Whether the same came within the window. Times of sending differ only where both are told.
    fn is_said(&mut self, sms: &Sms, receiver: &Receiver, received_at: i64) -> bool {
        let says_so = |one: &&Message| {
            !one.has_id
                && (one.gateway, one.sender, one.text.as_str()) == (sms.gateway, sms.sender, sms.text.as_str())
                && one.receiver == *receiver
        };
        let same: Vec<_> = self.messages.iter().filter(says_so).collect();
        let is_late = |one: &&Message| (one.received_at - received_at).abs() > WINDOW;
        let is_other = |one: &&Message| one.sent_at.is_some() && sms.sent_at.is_some() && one.sent_at != sms.sent_at;
        let found = same.iter().find(|one| !is_late(one) && !is_other(one));
        let what = match found {
            Some(one) if one.sent_at != sms.sent_at => "known, though only one says when it was sent",
            Some(_) => "known by what it says",
            None if same.iter().any(|one| !is_late(one)) => "said again, sent at another time",
            None if !same.is_empty() => "said again later",
            None => return false,
        };
        let is_said = found.is_some();
        self.notes.push(what);
        is_said
    }

    /// Rule 7: it is stored, and due at once where it has an operation.
    pub fn keep(&mut self, message: Message) -> Became {
        let became = message.operation.map_or(Became::OfNobody, Became::OfRental);
        self.messages.push(message);
        became
    }
}
