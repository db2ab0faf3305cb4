//! What the workers do when they are called, each in its turn.

use std::collections::BTreeMap;

use super::incoming::Message;
use super::state::{AGE_MAX, Fate, GUARD, GUARD_GRACE, HORIZON, ModelState, PushAnswer, RETRY_EVERY};

/// A push that is to come: its text, and Onlinesim's answer.
pub type Expected = BTreeMap<i64, Vec<(String, PushAnswer)>>;

impl ModelState {
    /// What is put off further than anything ever is was put off by another clock: it is due now.
    pub fn pull_back(&mut self) {
        for message in &mut self.messages {
            if let Fate::Due(at) = &mut message.fate
                && *at > self.now + HORIZON
            {
                *at = self.now;
            }
        }
    }

    /// Operations whose answer was lost are nobody's.
    pub fn release_lost(&mut self) -> usize {
        let lost = std::mem::take(&mut self.lost);
        let still_open: Vec<i64> = lost
            .into_iter()
            .filter(|id| self.operations[id].end.is_none())
            .collect();
        still_open.iter().for_each(|id| self.close(*id, "undelivered", None));
        still_open.len()
    }

    /// The first message of each operation that is still to be pushed, if it is time (rule 7): the oldest one, and when
    /// all stand behind, the one that waits longest.
    pub fn heads(&self) -> BTreeMap<i64, usize> {
        let mut lines: BTreeMap<i64, (bool, i64, usize)> = BTreeMap::new();
        for (place, message) in self.messages.iter().enumerate() {
            if let (Some(operation), Fate::Due(at)) = (message.operation, message.fate) {
                let is_behind = message.is_behind();
                let turn = (is_behind, if is_behind { at } else { 0 }, place);
                let first = lines.entry(operation).or_insert(turn);
                *first = turn.min(*first);
            }
        }
        let heads = lines.into_iter().map(|(operation, (.., place))| (operation, place));
        heads
            .filter(|(_, place)| matches!(self.messages[*place].fate, Fate::Due(at) if at <= self.now))
            .collect()
    }

    /// Gives up what is due for an operation that is closed and whose number has another renter by now: Onlinesim would
    /// take it for his (rule 8). Returns how many.
    pub fn park_foreign(&mut self) -> usize {
        let mut parked = 0;
        loop {
            let is_foreign = |id: &i64| {
                let operation = &self.operations[id];
                operation.end.is_some() && self.numbers[&operation.number].operation.is_some()
            };
            let foreign: Vec<usize> = self
                .heads()
                .into_iter()
                .filter(|(id, _)| is_foreign(id))
                .map(|(_, place)| place)
                .collect();
            if foreign.is_empty() {
                return parked;
            }
            parked += foreign.len();
            for place in foreign {
                self.messages[place].fate = Fate::Parked;
            }
        }
    }

    /// Whether another message has the same text. The simulated Onlinesim finds its answer by the text, so each of those is
    /// accepted.
    fn is_twin(&self, place: usize) -> bool {
        let mut others = self.messages.iter().enumerate().filter(|(other, _)| *other != place);
        others.any(|(_, other)| other.text == self.messages[place].text)
    }

    /// Notes what the order of a push shows.
    fn note_turn(&mut self, operation: i64, place: usize) {
        let others = |one: &&Message| one.operation == Some(operation) && matches!(one.fate, Fate::Due(_));
        let behind = self.messages[..place].iter().filter(others).count();
        match self.messages[place].is_behind() {
            false if behind > 0 => self.notes.push("passed one that stands behind"),
            true if self.messages.iter().filter(others).count() > 1 => self.notes.push("took its turn behind"),
            _ => {}
        }
    }

    /// Pushes what is due, until nothing is.
    pub fn push(&mut self) -> Expected {
        let mut pushes = Expected::new();
        loop {
            self.park_foreign();
            let heads = self.heads();
            if heads.is_empty() {
                return pushes;
            }
            for (operation, place) in heads {
                let is_closed = self.operations[&operation].end.is_some();
                let now = self.now;
                let is_twin = self.is_twin(place);
                self.note_turn(operation, place);
                let message = &mut self.messages[place];
                let answer = message
                    .push_answers
                    .pop_front()
                    .filter(|_| !is_twin)
                    .unwrap_or(PushAnswer::Success);
                message.declined += u32::from(matches!(answer, PushAnswer::Ignored | PushAnswer::Http400));
                message.fate = match answer {
                    PushAnswer::Success => Fate::Delivered,
                    PushAnswer::NoOperation => Fate::NoOperation,
                    PushAnswer::BadService => Fate::BadService,
                    PushAnswer::Http500 | PushAnswer::Ignored | PushAnswer::Http400 | PushAnswer::Broken => {
                        if is_closed || now - message.received_at >= AGE_MAX {
                            Fate::Parked
                        } else {
                            Fate::Due(now + RETRY_EVERY)
                        }
                    }
                };
                pushes
                    .entry(operation)
                    .or_default()
                    .push((message.text.clone(), answer));
            }
        }
    }

    /// Ends what was silent for too long (rule 5).
    pub fn watch(&mut self) -> usize {
        if !self.is_grace_over() {
            return 0;
        }
        let is_expired = |(id, operation): &(&i64, &super::state::Operation)| {
            operation.end.is_none() && self.now - operation.opened_at >= GUARD + GUARD_GRACE && !self.has_sms(**id)
        };
        let expired: Vec<i64> = self.operations.iter().filter(is_expired).map(|(id, _)| *id).collect();
        let mut closed = 0;
        for id in expired {
            if self.pass_on_to(id) > 0 {
                self.notes.push("incomplete: its rental seemed silent");
            }
            // What is withheld was no SMS.
            if !self.has_sms(id) {
                self.close(id, "no_sms", None);
                closed += 1;
            }
        }
        closed
    }

    /// Lifts the bans that are over (rule 9).
    pub fn lift_over(&mut self) -> usize {
        let now = self.now;
        let is_over = |until: Option<i64>| until.is_some_and(|until| until <= now);
        let over: Vec<u64> = self
            .numbers
            .iter()
            .filter(|(_, number)| is_over(number.banned_until))
            .map(|(digits, _)| *digits)
            .collect();
        over.iter().for_each(|digits| self.lift(*digits));
        over.len()
    }

    /// Ends the rests that are over (rule 3); one that ends later than any rest can is from before the clock was set back.
    pub fn end_rests(&mut self) -> usize {
        let (now, latest, mut ended) = (self.now, self.now + self.rest, 0);
        for number in self.numbers.values_mut() {
            if number.rests_until.is_some_and(|until| until <= now) {
                number.rests_until = None;
                ended += 1;
            }
            if number.rests_until.is_some_and(|until| until > latest) {
                number.rests_until = Some(latest);
                self.notes.push("rest shortened because the clock was set back");
            }
        }
        ended
    }
}
