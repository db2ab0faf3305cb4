//! Long SMS that come in parts: rules 7, 8 and 12.
//!
//! What belongs together is known by gateway, receiver, sender, reference and number of parts, and by time, because senders
//! use their references again. A part goes to the oldest message that waits for it; if none does, it begins one.

use std::collections::BTreeMap;

use super::incoming::{Became, Cut, Message, Owner, Part, Receiver, Sms, WINDOW};
use super::state::{DRIFT_MAX, Fate, MINUTE, ModelState, PushAnswer, START_GRACE};

/// How long a part waits for the others.
pub const TIMEOUT: i64 = 3 * MINUTE;
/// How long a message of parts is remembered: the longer one of the time-out and the window.
const MEMORY: i64 = TIMEOUT;
const MISSING: &str = "[…]";
/// In UTF-16: an emoji, of which parts may have halves.
pub const EMOJI: [u16; 2] = [0xd83d, 0xde00];

/// What the parts of a message have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kin {
    gateway: usize,
    receiver: Receiver,
    sender: &'static str,
    reference: u16,
    total: u8,
}

#[derive(Debug, Clone)]
pub struct Long {
    kin: Kin,
    /// Rule 8: whose it was when its first part arrived.
    owner: Owner,
    sent_at: Option<i64>,
    received_at: i64,
    /// Since when it waits.
    began_at: i64,
    parts: BTreeMap<u8, (String, Cut)>,
    push_answers: Vec<PushAnswer>,
    /// When it became a message.
    done_at: Option<i64>,
}

impl Long {
    pub const fn is_waiting(&self) -> bool {
        self.done_at.is_none()
    }

    fn lacks(&self, place: u8) -> bool {
        !self.parts.contains_key(&place)
    }

    /// As the network had it: in units of UTF-16, one part after another.
    fn text(&self) -> String {
        let mut units: Vec<u16> = Vec::new();
        for place in 1..=self.kin.total {
            if let Some((text, cut)) = self.parts.get(&place) {
                units.extend(cut.begins.then_some(EMOJI[1]));
                units.extend(text.encode_utf16());
                units.extend(cut.ends.then_some(EMOJI[0]));
            } else if place == 1 || !self.lacks(place - 1) {
                units.extend(MISSING.encode_utf16());
            }
        }
        String::from_utf16_lossy(&units)
    }

    /// What became of the halves of emoji in it.
    fn note_halves(&self, notes: &mut Vec<&'static str>) {
        let cut = |place: u8| self.parts.get(&place).map_or(Cut::default(), |part| part.1);
        for place in 0..=self.kin.total {
            match (cut(place).ends, cut(place + 1).begins) {
                (true, true) => notes.push("halves of an emoji met"),
                (false, false) => {}
                _ => notes.push("half an emoji alone"),
            }
        }
    }
}

impl ModelState {
    pub fn receive_part(&mut self, sms: &Sms, part: Part, receiver: Receiver) -> Became {
        let (tenant, received_at) = self.tenant(sms.gateway, &receiver, sms.sent_at);
        // What was sent before a rental is not part of its messages.
        let is_old = tenant == Err("sent_before_rental");
        let (place, now) = (part.place, self.now);
        let kin = Kin {
            gateway: sms.gateway,
            receiver,
            sender: sms.sender,
            reference: part.reference,
            total: part.total,
        };
        let kindred = |one: &usize| self.longs[*one].kin == kin;
        let kindred: Vec<usize> = (0..self.longs.len()).filter(kindred).collect();
        let done_within = |one: usize, span| self.longs[one].done_at.is_some_and(|at| (at - now).abs() <= span);
        let waits_for_it = |one: &usize| {
            let long = &self.longs[*one];
            long.is_waiting() && long.lacks(place) && !(is_old && long.owner.is_ok())
        };
        let home = kindred.iter().copied().find(waits_for_it);
        let missed_it = |one: &usize| done_within(*one, MEMORY) && self.longs[*one].lacks(place);
        let late_for = kindred.iter().copied().rev().find(missed_it).filter(|_| !is_old);
        // What comes too late for its message does not belong to a later renter.
        let owner = late_for.map_or(tenant, |one| self.longs[one].owner);
        // Without an id a part is known by its content and renter: always while its message waits; once that is
        // done only within the window, and only where no other waits for it.
        let is_known = |one: &usize| {
            let long = &self.longs[*one];
            let counts = long.is_waiting() || home.is_none() && done_within(*one, WINDOW);
            let is_same = long.parts.get(&place) == Some(&(sms.text.clone(), sms.cut));
            counts && is_same && long.owner.ok() == owner.ok()
        };
        if sms.id.is_none() && kindred.iter().any(is_known) {
            self.notes.push("part known by its content");
            return Became::Known;
        }
        let home = home.unwrap_or_else(|| {
            self.notes.extend(late_for.map(|_| "part too late"));
            if owner.ok() != tenant.ok() {
                self.notes.push("part too late for its renter");
            }
            let admitted = self.admit(owner, sms.sender);
            let is_tenants = admitted.is_ok() && admitted == tenant;
            self.longs.push(Long {
                kin,
                owner: admitted,
                sent_at: sms.sent_at,
                received_at: if is_tenants { received_at } else { now },
                began_at: now,
                parts: BTreeMap::new(),
                push_answers: sms.push_answers.clone(),
                done_at: None,
            });
            self.longs.len() - 1
        });
        self.longs[home].parts.insert(place, (sms.text.clone(), sms.cut));
        if self.longs[home].parts.len() < usize::from(part.total) {
            return Became::Waits;
        }
        let became = self.finish_long(home);
        self.notes.push(match became {
            Became::OfRental(_) => "concatenated SMS of a rental",
            _ if self.longs[home].owner.is_ok() => "concatenated SMS of a rental that is over",
            _ => "concatenated SMS of nobody",
        });
        became
    }

    /// It becomes a message: of the operation that was open when it began, if that is open still.
    fn finish_long(&mut self, one: usize) -> Became {
        let now = self.now;
        self.longs[one].done_at = Some(now);
        let long = self.longs[one].clone();
        long.note_halves(&mut self.notes);
        let owner = long.owner.and_then(|id| match self.operations[&id].end {
            None => Ok(id),
            Some(_) => Err("rental_over"),
        });
        self.keep(Message {
            gateway: long.kin.gateway,
            text: long.text(),
            receiver: long.kin.receiver,
            sender: long.kin.sender,
            has_id: false,
            sent_at: long.sent_at,
            operation: owner.ok(),
            unassigned: owner.err(),
            received_at: long.received_at,
            is_incomplete: long.parts.len() < usize::from(long.kin.total),
            fate: Fate::Due(now),
            declined: 0,
            push_answers: long.push_answers.into(),
        })
    }

    /// Makes messages of those that wait, whatever is missing. Returns how many.
    fn pass_on(&mut self, is_meant: impl Fn(&Long) -> bool) -> usize {
        let is_meant = |one: &usize| self.longs[*one].is_waiting() && is_meant(&self.longs[*one]);
        let meant: Vec<usize> = (0..self.longs.len()).filter(is_meant).collect();
        for one in &meant {
            self.finish_long(*one);
        }
        meant.len()
    }

    /// A part is an SMS, so a rental that ends, or that seems silent, is given what came.
    pub fn pass_on_to(&mut self, operation: i64) -> usize {
        self.pass_on(|long| long.owner == Ok(operation))
    }

    /// The worker's turn: what waited for too long is passed on, and what was done long ago is forgotten. What is further
    /// in the future than either takes was noted before the clock was set back. Not soon after a start, and not soon after
    /// the clock was set: the gateways may have had no chance.
    pub fn pass_on_overdue(&mut self) -> usize {
        if self.drift.abs() > DRIFT_MAX {
            self.parts_grace_until = self.steady + START_GRACE;
        }
        if self.steady < self.parts_grace_until {
            return 0;
        }
        let now = self.now;
        let is_over = |at: i64, span: i64| now - at >= span || at - now > span;
        let passed_on = self.pass_on(|long| is_over(long.began_at, TIMEOUT));
        self.longs
            .retain(|long| long.done_at.is_none_or(|at| !is_over(at, MEMORY)));
        passed_on
    }
}
