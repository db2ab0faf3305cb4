//! Gateways deliver SMS: one at a time in the plain format, or several in one request, as some adapters do.

use futures_util::future::join_all;

use super::super::incoming::{Became, Cut, Named, Part, Sms};
use super::super::plan::{ExternalId, Fresh, Given, NO_LINE, Pick, Target, Twist};
use super::Case;
use super::wire::{became, body, inbound};

/// How many of the last ones come again.
const AGAIN: usize = 8;
/// How many of the last parts have others come.
const REST: usize = 3;

impl Case {
    pub async fn deliver(&mut self, batch: &[Given], twice: bool) {
        let mut all: Vec<Sms> = Vec::new();
        for given in batch {
            let mut sms = self.sms(given);
            sms.gateway = all.first().map_or(sms.gateway, |first| first.gateway);
            self.lately.push(sms.clone());
            all.push(sms);
        }
        match &all[..] {
            [sms, ..] if !self.model.gateways[sms.gateway].enabled => self.refused(sms.gateway, "", &body(sms)).await,
            [sms] => self.deliver_one(sms, if twice { 2 } else { 1 }).await,
            _ => self.deliver_all(&all).await,
        }
    }

    async fn deliver_one(&mut self, sms: &Sms, times: usize) {
        let body = body(sms);
        let path = format!("/in/{}", self.gateways[sms.gateway].token);
        let answers = join_all((0..times).map(|_| self.server.gateway_post(&path, body.clone()))).await;
        for answer in answers {
            assert_eq!(answer.code(), 200, "rule 7: {}", self.place);
            let became = self.model.receive(sms);
            self.note(became);
        }
    }

    async fn deliver_all(&mut self, batch: &[Sms]) {
        let gateway = &self.gateways[batch[0].gateway];
        let accepted = self.server.deliver(gateway, batch.iter().map(inbound)).await;
        let accepted: Vec<Became> = accepted.into_iter().map(became).collect();
        let expected: Vec<Became> = batch.iter().map(|sms| self.model.receive(sms)).collect();
        assert_eq!(
            accepted, expected,
            "rules 7 and 8: what became of each, {}, as {batch:?}",
            self.place
        );
        expected.into_iter().for_each(|became| self.note(became));
        self.seen.note("several at once", 1);
    }

    fn note(&mut self, became: Became) {
        let what = match became {
            Became::OfRental(_) => "message of a rental",
            Became::OfNobody => "message of nobody",
            Became::Waits => "part that waits",
            Became::Known => "message known already",
        };
        self.seen.note(what, 1);
    }

    fn sms(&mut self, given: &Given) -> Sms {
        self.serial += 1;
        let find = |pick: Pick, count: usize, is_meant: fn(&Sms) -> bool| {
            let found = self.lately.iter().rev().filter(|sms| is_meant(sms));
            let found: Vec<&Sms> = found.take(count).collect();
            (!found.is_empty()).then(|| (*pick.get(&found)).clone())
        };
        match given {
            Given::New(fresh) => self.fresh(fresh),
            Given::Rest {
                of,
                further,
                is_plain,
                cut,
                sent,
            } => match find(*of, REST, |sms| sms.part.is_some()) {
                Some(before) => self.rest(before, *further, *is_plain, *cut, *sent),
                None => self.plain(),
            },
            // The sending time matters only without an id, and for a short time.
            Given::Again(pick, twist @ Twist::SentAt(_)) => {
                match find(*pick, 1, |sms| sms.id.is_none() && sms.part.is_none()) {
                    Some(before) => self.again(before, *twist),
                    None => self.plain(),
                }
            }
            Given::Again(pick, twist) => match find(*pick, AGAIN, |_| true) {
                Some(before) => self.again(before, *twist),
                None => self.plain(),
            },
        }
    }

    /// For a sequence that begins with what nothing came before.
    fn plain(&self) -> Sms {
        Sms {
            gateway: 0,
            named: Named::Number(self.model.numbers.keys().next().expect("there are numbers").to_string()),
            sender: "Service",
            text: format!("text {}", self.serial),
            cut: Cut::default(),
            id: None,
            sent_at: None,
            part: None,
            push_answers: Vec::new(),
        }
    }

    fn fresh(&self, fresh: &Fresh) -> Sms {
        let (gateway, named) = self.named(&fresh.to, fresh.gateway);
        let part = fresh.part.as_ref().map(|part| Part {
            reference: part.reference,
            total: part.total,
            place: 1 + u8::try_from(part.place.of(usize::from(part.total))).unwrap(),
        });
        // Ids of whole messages; those of parts are their own.
        let mut given: Vec<&String> = self
            .lately
            .iter()
            .filter(|sms| sms.part.is_none())
            .filter_map(|sms| sms.id.as_ref())
            .collect();
        given.dedup();
        let id = match &fresh.id {
            ExternalId::None => None,
            ExternalId::Again(_) if part.is_some() => Some(format!("all-{}", self.serial)),
            ExternalId::Again(index) if !given.is_empty() => Some((*index.get(&given)).clone()),
            ExternalId::Again(_) | ExternalId::Fresh => Some(format!("id-{}", self.serial)),
        };
        let is_plain = fresh.part.as_ref().is_some_and(|part| part.is_plain);
        Sms {
            gateway,
            named,
            sender: fresh.sender,
            text: self.text(part.filter(|_| is_plain)),
            cut: fresh.part.as_ref().map(|part| part.cut).unwrap_or_default(),
            id,
            sent_at: fresh.sent.map(|ago| self.model.now - ago),
            part,
            push_answers: fresh.push_answers.clone(),
        }
    }

    /// Another part of the same message.
    fn rest(&self, before: Sms, further: u8, is_plain: bool, cut: Cut, sent: Option<i64>) -> Sms {
        let part = before.part.map(|part| Part {
            place: 1 + (part.place - 1 + further) % part.total,
            ..part
        });
        Sms {
            text: self.text(part.filter(|_| is_plain)),
            cut,
            id: before.id.map(|id| {
                if id.starts_with("all-") {
                    id
                } else {
                    format!("id-{}", self.serial)
                }
            }),
            sent_at: sent.map(|ago| self.model.now - ago),
            part,
            ..before
        }
    }

    fn again(&self, before: Sms, twist: Twist) -> Sms {
        let mut sms = Sms {
            push_answers: Vec::new(),
            ..before
        };
        match twist {
            Twist::Nothing => {}
            Twist::Gateway => sms.gateway = (sms.gateway + 1) % self.gateways.len(),
            Twist::Sender => sms.sender = "SERVICE",
            Twist::SentAt(sent) => sms.sent_at = sent.map(|ago| self.model.now - ago),
            Twist::Id => sms.id = Some(format!("id-{}", self.serial)),
            Twist::NoId => sms.id = None,
        }
        sms
    }

    /// The text of each part at that place, or one that nothing else has.
    fn text(&self, plain: Option<Part>) -> String {
        plain.map_or_else(
            || format!("text {} ", self.serial),
            |part| format!("part {} ", part.place),
        )
    }

    /// A number's SMS mostly come by its own gateway.
    fn named(&self, to: &Target, gateway: Pick) -> (usize, Named) {
        let any = gateway.of(self.gateways.len());
        let of = |number: u64| {
            let own = self.model.numbers[&number].gateway;
            let gateway = if gateway.of(6) == 0 { any } else { own };
            (gateway, Named::Number(number.to_string()))
        };
        let numbers = || self.model.numbers.iter();
        let rented: Vec<u64> = numbers()
            .filter(|one| one.1.operation.is_some())
            .map(|one| *one.0)
            .collect();
        let mut slots: Vec<_> = numbers()
            .filter_map(|(_, one)| Some((one.operation.is_some(), one.gateway, one.line?)))
            .collect();
        if slots.iter().any(|one| one.0) {
            slots.retain(|one| one.0);
        }
        match to {
            Target::Rented(index) if !rented.is_empty() => of(*index.get(&rented)),
            Target::LineOf(index, is_second) if !slots.is_empty() => {
                let (_, gateway, line) = *index.get(&slots);
                let lines = is_second.then_some(NO_LINE).into_iter().chain([line]);
                (gateway, Named::Lines(lines.collect()))
            }
            Target::Rented(index) | Target::Own(index) | Target::LineOf(index, _) => of(self.number(*index)),
            Target::Foreign(digits) => (any, Named::Number((*digits).to_owned())),
            Target::Lines(lines) => {
                let mut each: Vec<&'static str> = Vec::new();
                for line in lines {
                    if !each.contains(line) {
                        each.push(line);
                    }
                }
                (any, Named::Lines(each))
            }
        }
    }
}
