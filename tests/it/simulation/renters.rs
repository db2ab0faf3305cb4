//! Who rents, and what becomes of it: Onlinesim's part of the day, the gateways' and the admin's.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::Request;
use futures_util::future::join_all;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::Simulation;
use super::record::{Message, Operation};
use crate::support::{KEY, Reply};

#[derive(Debug, Clone)]
pub enum Event {
    Sms {
        number: u64,
        kind: Kind,
    },
    /// FINISH_ACTIVATION, so many times at once.
    Finish {
        id: i64,
        status: i64,
        total: i64,
        times: usize,
    },
    /// The admin closes it.
    Force {
        id: i64,
    },
}

/// What Onlinesim makes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Code,
    /// Blocked: BAD_SERVICE.
    Bank,
}

/// A rental to ask for.
struct Ask {
    country: Option<&'static str>,
    operator: Option<&'static str>,
    prefixes: Vec<String>,
    price: i64,
    is_lost: bool,
}

/// How often Onlinesim has something against a message before it takes it.
pub const TROUBLES_MAX: u64 = 3;
/// When somebody looks after what was forgotten.
const FORGOTTEN_MINUTES: u64 = 200;

impl Simulation {
    fn plan(&mut self, in_minutes: u64, event: Event) {
        self.agenda.entry(self.minute + in_minutes).or_default().push(event);
    }

    /// GET_NUMBERs, one after another, so that each gets the same number each time: more of them in the evening than at night.
    pub async fn arrive(&mut self) {
        let most = [0, 1, 2, 2][usize::try_from(self.minute / 60 / 6).unwrap()];
        let asks: Vec<Ask> = (0..self.dice.between(0, most + 1)).map(|_| self.ask()).collect();
        for ask in &asks {
            let found = match self.get_number(ask).await {
                Some(answer) if answer["status"] == "NO_NUMBERS" => None,
                Some(answer) => Some((
                    answer["number"].as_u64().unwrap(),
                    answer["activationId"].as_i64().unwrap(),
                )),
                None => self.find(ask.price).await,
            };
            let Some((number, id)) = found else {
                self.record.note("no numbers");
                continue;
            };
            self.check_issued(number, ask.country, ask.operator, &ask.prefixes);
            self.record.open(
                id,
                Operation {
                    number,
                    price: ask.price,
                    opened_at: self.server.clock.now().as_ms(),
                    opened: self.server.clock.monotonic(),
                    is_lost: ask.is_lost,
                    outcome: None,
                    posted: None,
                    messages: Vec::new(),
                    pushed: 0,
                },
            );
            if ask.is_lost {
                // It may have died with the server that was to release it, and have got somebody else's SMS.
                self.plan(FORGOTTEN_MINUTES, Event::Force { id });
            } else {
                self.plan_fate(number, id, ask.price);
            }
        }
    }

    fn ask(&mut self) -> Ask {
        self.serial += 1;
        let dice = &self.dice;
        let all: Vec<u64> = self.numbers.keys().copied().collect();
        let prefix = |_| {
            let digits = dice.pick(&all).to_string();
            digits[..usize::try_from(dice.between(3, 10)).unwrap()].to_owned()
        };
        Ask {
            country: dice.percent(30).then(|| dice.pick(&["sweden", "germany", "norway"])),
            operator: dice.percent(20).then(|| dice.pick(&["telia", "tele2", "o2", "other"])),
            prefixes: (0..dice.pick(&[0, 0, 0, 1, 5])).map(prefix).collect(),
            // Each at a price of its own, by which its operation is found when its answer is lost.
            price: 30_000 + self.serial,
            is_lost: dice.percent(3),
        }
    }

    /// The answer; `None` when it is dropped before a byte of it is taken.
    async fn get_number(&self, ask: &Ask) -> Option<Value> {
        let sum: serde_json::Number = serde_json::from_str(&roubles(ask.price)).unwrap();
        let mut body = json!({"action": "GET_NUMBER", "key": KEY, "service": "rent", "sum": sum});
        for (name, filter) in [("country", ask.country), ("operator", ask.operator)] {
            if let Some(filter) = filter {
                body[name] = json!(filter);
            }
        }
        body["exceptionPhoneSet"] = json!(ask.prefixes);
        let request = Request::post("/getNumberRent")
            .header("authorization", format!("Bearer {KEY}"))
            .header("content-type", "application/json");
        let request = request.body(Body::from(body.to_string())).unwrap();
        let answer = self.server.onlinesim_router().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        if ask.is_lost {
            return None;
        }
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        Some(serde_json::from_slice(&bytes).unwrap())
    }

    async fn find(&self, price: i64) -> Option<(u64, i64)> {
        let open = self.server.open_operations().await;
        let found = open.iter().find(|one| one["sum"] == roubles(price))?;
        Some((
            found["number"].as_str().unwrap().parse().unwrap(),
            found["id"].as_i64().unwrap(),
        ))
    }

    fn plan_fate(&mut self, number: u64, id: i64, price: i64) {
        let fate = self.dice.below(100);
        let first = self.dice.between(1, 15);
        let end = first + self.dice.pick(&[1, 5, 20, 60, 180]) + self.dice.below(10);
        let finish = |status, total, times| Event::Finish {
            id,
            status,
            total,
            times,
        };
        let times = if self.dice.percent(15) { 2 } else { 1 };
        let is_silent = self.numbers[&number].is_dead || fate < 12;
        if is_silent {
            // Cancelled after the guard interval, or when the watchdog was there long ago; some are reported as sold in spite of it.
            match fate % 4 {
                0 => self.plan(self.dice.between(20, 40), finish(3, price, times)),
                1 => self.plan(FORGOTTEN_MINUTES, finish(4, 0, times)),
                _ => self.plan(self.dice.between(20, 21), finish(4, 0, times)),
            }
            return;
        }
        for _ in 0..self.dice.between(1, 3) {
            let kind = if fate < 18 { Kind::Bank } else { Kind::Code };
            self.plan(self.dice.between(first, end - 1), Event::Sms { number, kind });
        }
        if self.dice.percent(8) {
            // Too late: for nobody, or for the next renter.
            self.plan(
                end + self.dice.between(1, 40),
                Event::Sms {
                    number,
                    kind: Kind::Code,
                },
            );
        }
        let total = price + i64::try_from(self.dice.below(50_000)).unwrap() - 10_000;
        match fate {
            0..24 => self.plan(21, finish(4, 0, times)),
            24..30 => self.plan(1, finish(1, 0, times)),
            30..36 => self.plan(end, finish(5, 0, times)),
            36..39 => self.plan(end, Event::Force { id }),
            _ => self.plan(end, finish(3, total, times)),
        }
        if fate >= 39 && self.dice.percent(20) {
            let status = self.dice.pick(&[5, 5, 3, 4]);
            self.plan(end + self.dice.between(1, 60), finish(status, total, times));
        }
    }

    /// What is due this minute: first all SMS, then all FINISH_ACTIVATION.
    pub async fn events(&mut self) {
        let due = self.agenda.remove(&self.minute).unwrap_or_default();
        let mut messages = Vec::new();
        let mut finishes: BTreeMap<i64, (i64, i64, usize)> = BTreeMap::new();
        for event in due {
            match event {
                Event::Sms { number, kind }
                    if self.stations[self.numbers[&number].station].silent_until > self.minute =>
                {
                    // The gateway delivers it when it is online again.
                    self.plan(1, Event::Sms { number, kind });
                }
                // Two messages to one number come one after another: their order is their order of arrival.
                Event::Sms { number, .. } if messages.iter().any(|(other, _)| *other == number) => self.plan(1, event),
                Event::Sms { number, kind } => messages.push((number, kind)),
                // Two FINISH_ACTIVATION of one operation come one after another.
                Event::Finish { id, .. } if finishes.contains_key(&id) => self.plan(1, event),
                Event::Finish {
                    id,
                    status,
                    total,
                    times,
                } => {
                    finishes.insert(id, (status, total, times));
                }
                Event::Force { id } => self.force(id).await,
            }
        }
        self.deliver(messages).await;
        for (id, (status, total, times)) in &finishes {
            let sum = roubles(*total);
            join_all((0..*times).map(|_| self.server.finish(*id, *status, &sum))).await;
        }
        let now = self.server.clock.now().as_ms();
        for (id, (status, total, times)) in finishes {
            (0..times).for_each(|_| self.record.finish(id, now, status, total));
        }
    }

    async fn force(&mut self, id: i64) {
        let answer = self.server.force(id).await;
        let is_open = self.record.operations[&id].outcome.is_none();
        assert_eq!(answer.code(), if is_open { 200 } else { 409 }, "rule 5");
        if is_open {
            self.record.close(id, self.server.clock.now().as_ms(), "forced", None);
        }
    }

    async fn deliver(&mut self, messages: Vec<(u64, Kind)>) {
        for (number, kind) in messages {
            let serial = self.record.messages.len();
            let text = format!("message {serial}");
            if kind == Kind::Bank {
                self.server.onlinesim.answers_to(&text, [Reply::status("BAD_SERVICE")]);
            } else if self.dice.percent(8) {
                let trouble = [Reply::Broken, Reply::new(500, ""), Reply::status("SERVICE_BAN")];
                let count = usize::try_from(self.dice.between(1, TROUBLES_MAX)).unwrap();
                self.server.onlinesim.answers_to(&text, trouble.into_iter().take(count));
            }
            let operation = self.record.open.get(&number).copied();
            match operation {
                Some(id) => self.record.operations.get_mut(&id).unwrap().messages.push(serial),
                None => self.record.note("message of nobody"),
            }
            self.record.messages.push(Message {
                operation,
                settled: None,
                declined: 0,
            });
            let station = &mut self.stations[self.numbers[&number].station];
            station.alive_at = Some(self.server.clock.now().as_ms());
            let times = if self.dice.percent(10) { 2 } else { 1 };
            if times == 2 {
                self.record.note("given twice");
            }
            let sms = json!({"id": serial.to_string(), "from": "Service", "to": number, "text": text});
            let token = &station.gateway.token;
            for answer in join_all((0..times).map(|_| self.server.sms_answer(token, sms.clone()))).await {
                assert_eq!(answer.code(), 200, "rule 7: {}", answer.golden());
            }
        }
    }
}

/// Kopecks as the protocol writes money.
pub fn roubles(kopecks: i64) -> String {
    format!("{}.{:02}", kopecks / 100, kopecks % 100)
}
