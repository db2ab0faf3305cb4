//! How operations end, and what is reported about it afterwards (rules 5, 6 and 9).

use super::state::{BAN, End, GUARD, ModelState, STRIKES_MAX};

/// What FINISH_ACTIVATION does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    Unknown,
    Closed,
    Reversed,
    PostedLate,
    Contradicted,
    Nothing,
}

impl ModelState {
    /// Closes an open operation; its number rests (rule 3), with what it learned (rule 9).
    pub fn close(&mut self, id: i64, outcome: &'static str, posted: Option<i64>) {
        if self.pass_on_to(id) > 0 {
            self.notes.push("incomplete: its rental ended");
        }
        let has_sms = self.has_sms(id);
        let operation = self.operations.get_mut(&id).unwrap();
        let at = self.now;
        assert!(operation.end.replace(End { at, outcome, posted }).is_none(), "rule 5");
        let price = operation.price;
        self.money.posted += posted.unwrap_or(0);
        self.money.reserved += (posted.unwrap_or(0) - price).max(0);
        self.money.voided += (price - posted.unwrap_or(0)).max(0);
        let is_silent = at - operation.opened_at >= GUARD;
        let number = self.numbers.get_mut(&operation.number).unwrap();
        number.operation = None;
        number.rests_until = (self.rest > 0).then_some(at + self.rest);
        if outcome == "undelivered" {
            return;
        }
        if has_sms {
            number.strikes = 0;
        } else if is_silent {
            number.strikes += 1;
            if number.strikes >= STRIKES_MAX {
                number.banned_until = number.banned_until.max(Some(at + BAN));
            }
        }
    }

    /// FINISH_ACTIVATION (section 3 of the design).
    pub fn finish(&mut self, id: i64, status: i64, total: i64) -> Effect {
        let Some(operation) = self.operations.get_mut(&id) else {
            return Effect::Unknown;
        };
        let Some(end) = &mut operation.end else {
            match status {
                3 => self.close(id, "sold", Some(total)),
                4 => self.close(id, "cancelled", None),
                5 => self.close(id, "refunded", None),
                _ => self.close(id, "not_ordered", None),
            }
            return Effect::Closed;
        };
        let effect = match (end.outcome, status) {
            ("sold", 5) => Effect::Reversed,
            ("sold", 3) if end.posted != Some(total) => Effect::Contradicted,
            ("refunded", 3) if end.posted.is_none() => Effect::Contradicted,
            ("sold" | "refunded", 1 | 4) => Effect::Contradicted,
            ("sold" | "refunded", _) => Effect::Nothing,
            (_, 3) => Effect::PostedLate,
            _ => Effect::Nothing,
        };
        match effect {
            Effect::Reversed => {
                end.outcome = "refunded";
                self.money.reversed += end.posted.unwrap();
            }
            Effect::PostedLate => {
                end.outcome = "sold";
                end.posted = Some(total);
                self.money.reserved += total;
                self.money.posted += total;
                operation.discrepancies += 1;
            }
            Effect::Contradicted => {
                let contradiction = (status, if status == 3 { total } else { 0 });
                operation.discrepancies += u64::from(operation.contradictions.insert(contradiction));
            }
            Effect::Unknown | Effect::Closed | Effect::Nothing => {}
        }
        effect
    }
}
