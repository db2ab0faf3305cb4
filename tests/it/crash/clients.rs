//! Load: callers that write down what they were answered, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::observed::Stamped;
pub use super::observed::{Load, Seen};
use super::process::{ServerAnswer, ServerClient};
use crate::support::onlinesim::{Onlinesim, Reply};

/// The most rentals that a caller holds.
const HELD_MAX: usize = 5;
/// A number that nobody has.
const NOBODYS: u64 = 46_799_999_999;

/// The same draws for the same seed.
pub struct Dice(u64);

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From 0 to `below` - 1, by splitmix64.
    pub const fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % below
    }
}

#[derive(Clone)]
struct Held {
    id: i64,
    number: u64,
    messages: u64,
}

#[derive(Clone)]
enum Ask {
    Rent(Value),
    Sms { gateway: usize, body: Value },
    Finish { id: i64, status: i64, sum: Value },
}

/// One caller. It outlives the server and repeats requests that were not answered.
pub struct Caller {
    name: usize,
    dice: Dice,
    held: Vec<Held>,
    asked: Option<Ask>,
    last_sms: Option<Ask>,
    count: u64,
}

impl Caller {
    pub fn new(name: usize, seed: u64) -> Self {
        Self {
            name,
            dice: Dice::new(seed),
            held: Vec::new(),
            asked: None,
            last_sms: None,
            count: 0,
        }
    }

    /// Asks until the server dies or the load ends.
    pub async fn work(mut self, client: ServerClient, load: Arc<Load>) -> Self {
        while !load.ending.load(Ordering::SeqCst) || self.asked.is_some() {
            let ask = self.asked.take().unwrap_or_else(|| self.choose(&load));
            self.asked = Some(ask.clone());
            let answer = match &ask {
                Ask::Rent(body) => client.get_number(body).await,
                Ask::Sms { gateway, body } => client.sms(&load.tokens[*gateway], body).await,
                Ask::Finish { id, status, sum } => client.finish(*id, *status, sum).await,
            };
            match answer {
                Ok(response) => self.answered(&ask, &response, &load),
                Err(error) => {
                    assert!(
                        load.dying.load(Ordering::SeqCst),
                        "no answer, although the server runs: {error:?}"
                    );
                    if matches!(ask, Ask::Rent(_)) {
                        // Whatever became of it, nobody knows.
                        load.seen.lock().unwrap().unanswered += 1;
                        self.asked = None;
                    }
                    return self;
                }
            }
            self.asked = None;
            load.answers.send_modify(|count| *count += 1);
        }
        self
    }

    fn choose(&mut self, load: &Load) -> Ask {
        let roll = self.dice.roll(10);
        if self.held.is_empty() || (roll < 4 && self.held.len() < HELD_MAX) {
            return self.rent();
        }
        let place = usize::try_from(self.dice.roll(self.held.len() as u64)).unwrap();
        if roll < 7 {
            return self.sms(place, load);
        }
        let Held { id, number, messages } = self.held.swap_remove(place);
        load.seen.lock().unwrap().held.remove(&number);
        let status = if messages > 0 { 3 } else { 4 };
        let sum = format!("{}.{:02}", 300 + self.dice.roll(300), self.dice.roll(100));
        let sum = serde_json::from_str(&sum).unwrap();
        Ask::Finish { id, status, sum }
    }

    fn rent(&mut self) -> Ask {
        let sum = 100 + self.dice.roll(400);
        let digit = self.dice.roll(10);
        Ask::Rent(match self.dice.roll(4) {
            0 => json!({ "sum": sum }),
            1 => json!({"sum": sum, "country": "poland"}),
            2 => json!({"sum": sum, "exceptionPhoneSet": ["48", format!("4670000{digit}"), "7"]}),
            _ => {
                let others = (0..10).filter(|one| *one != digit);
                let prefixes: Vec<String> = others.map(|one| format!("46700000{one}")).collect();
                json!({"sum": sum, "exceptionPhoneSet": prefixes})
            }
        })
    }

    fn sms(&mut self, place: usize, load: &Load) -> Ask {
        if let (0, Some(again)) = (self.dice.roll(10), &self.last_sms) {
            return again.clone();
        }
        self.count += 1;
        let text = format!("code {}-{}", self.name, self.count);
        let nobodys = self.dice.roll(12) == 0;
        let held = &mut self.held[place];
        let (to, operation) = if nobodys {
            (NOBODYS, None)
        } else {
            held.messages += 1;
            (held.number, Some(held.id))
        };
        let mut seen = load.seen.lock().unwrap();
        seen.sent.insert(text.clone(), operation);
        if self.dice.roll(6) == 0 {
            load.place.onlinesim.answers_to(&text, [Reply::new(500, "oops")]);
            seen.flaky.insert(text.clone());
        }
        let gateway = usize::from(to >= 48_000_000_000);
        let body = json!({"id": format!("id of {text}"), "from": "Service", "to": to.to_string(), "text": text});
        let ask = Ask::Sms { gateway, body };
        self.last_sms = Some(ask.clone());
        ask
    }

    fn answered(&mut self, ask: &Ask, (status, body): &ServerAnswer, load: &Load) {
        assert_eq!(*status, 200, "{body}");
        let stamp = load.stamp();
        let mut seen = load.seen.lock().unwrap();
        match ask {
            Ask::Sms { body: sms, .. } => {
                let text = sms["text"].as_str().unwrap().to_owned();
                seen.stamps.push((stamp, Stamped::Accepted(text.clone())));
                seen.accepted.insert(text);
            }
            Ask::Finish { id, status, sum } => {
                assert_eq!(body["status"], "SUCCESS", "{body}");
                seen.stamps.push((stamp, Stamped::Finished(*id)));
                seen.finished.insert(*id, (*status, sum.clone()));
            }
            Ask::Rent(_) if body["status"] == "NO_NUMBERS" => {}
            Ask::Rent(asked) => {
                assert_eq!(body["status"], "SUCCESS", "{body}");
                let (id, number) = (body["activationId"].as_i64().unwrap(), body["number"].as_u64().unwrap());
                let excluded = asked["exceptionPhoneSet"].as_array().into_iter().flatten();
                for prefix in excluded {
                    assert!(
                        !number.to_string().starts_with(prefix.as_str().unwrap()),
                        "rule 3: {number} {asked}"
                    );
                }
                assert!(
                    asked["country"].is_null() || number >= 48_000_000_000,
                    "rule 3: {number} {asked}"
                );
                assert!(seen.held.insert(number), "rule 1: {number} was given to two renters");
                let known = seen.rented.insert(id, (number, asked["sum"].clone()));
                assert!(known.is_none(), "operation {id} was given out twice");
                seen.stamps.push((stamp, Stamped::Rented(id)));
                self.held.push(Held {
                    id,
                    number,
                    messages: 0,
                });
            }
        }
    }
}

/// The pushes of each text in the order in which they came: in which run of the server, and whether it was accepted.
pub fn pushes(onlinesim: &Onlinesim, seen: &Seen) -> BTreeMap<String, Vec<(usize, bool)>> {
    let mut pushes: BTreeMap<String, Vec<(usize, bool)>> = BTreeMap::new();
    for push in onlinesim.pushes() {
        let run = push
            .path
            .strip_prefix("POST /run")
            .and_then(|rest| rest.split_once('/'));
        let run = run.expect("the path of a push names the run").0.parse().unwrap();
        let of_text = pushes.entry(push.text().to_owned()).or_default();
        let accepted = !of_text.is_empty() || !seen.flaky.contains(push.text());
        of_text.push((run, accepted));
    }
    pushes
}
