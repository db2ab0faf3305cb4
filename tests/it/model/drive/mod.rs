//! Takes each step in the server and in the model, and compares what comes back.

mod admin;
mod end;
mod faults;
mod gateways;
mod lines;
mod rent;
mod sms;
mod wire;
mod workers;

use axum::body::Body;
use axum::http::Request;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::filter::WITHHELD;
use super::finish::Effect;
use super::incoming::{SMS_PER_HOUR, Sms};
use super::observed::Seen;
use super::plan::{Ask, Inventory, LINES, Pick, Step, Which};
use super::state::{self, GUARD, GUARD_GRACE, ModelState, Money};
use crate::support::{Gateway, KEY, TestServer};

pub struct Case {
    pub server: TestServer,
    pub model: ModelState,
    pub seen: Seen,
    /// In the order of the model's gateways.
    gateways: Vec<Gateway>,
    inventory: Inventory,
    /// Where in the sequence; printed by a failure.
    pub place: String,
    /// Makes prices and texts differ.
    serial: i64,
    /// What gateways handed over, the newest last.
    lately: Vec<Sms>,
}

impl Case {
    pub async fn start(inventory: Inventory) -> Self {
        let (sms_per_hour, rest) = (SMS_PER_HOUR.to_string(), format!("{}ms", inventory.rest));
        let withheld = format!("(?-i)^{WITHHELD}$");
        let settings = [
            ("GATEWAY__SMS_PER_NUMBER_MAX", sms_per_hour.as_str()),
            ("RENT__REST", &rest),
            ("FILTER__WITHHOLD_SENDERS", &withheld),
            // The clock is set so often that a week passes; the model does not know when a text is blanked.
            ("RETENTION__TEXTS", "3650d"),
            ("RETENTION__SENDERS", "3650d"),
        ];
        let server = TestServer::with(&settings).await;
        let now = server.clock.now().as_ms();
        let mut gateways = Vec::new();
        for (place, (capacity, timeout)) in inventory.gateways.iter().enumerate() {
            let more = json!({
                "capacity": capacity,
                "heartbeat_timeout": timeout.map(|ms| format!("{ms}ms")),
            });
            gateways.push(server.gateway_with(&format!("bank{place}"), more).await);
        }
        // The first ones sit on lines.
        let lines = || LINES.into_iter().take(3).map(Some).chain(std::iter::repeat(None));
        let rows = inventory.numbers.iter().zip(lines());
        let rows = rows.map(|((number, gateway, country, operator), line)| {
            let gateway = &gateways[*gateway].name;
            let number = number.to_string();
            json!({"number": number, "country": country, "operator": operator, "gateway": gateway, "line": line})
        });
        let report = server.admin_post("/v1/numbers", rows.collect()).await.ok().json();
        assert_eq!(report["added"], inventory.numbers.len(), "{report}");
        let model = ModelState {
            now,
            rest: inventory.rest,
            steady: 0,
            grace_until: state::START_GRACE,
            parts_grace_until: state::START_GRACE,
            drift: 0,
            gateways: inventory
                .gateways
                .iter()
                .map(|(capacity, timeout)| state::Gateway {
                    capacity: *capacity,
                    timeout: *timeout,
                    alive_at: None,
                    repetitions: 0,
                    reused_ids: 0,
                    enabled: true,
                })
                .collect(),
            numbers: inventory
                .numbers
                .iter()
                .zip(lines())
                .map(|((number, gateway, country, operator), line)| {
                    let number_there = state::Number {
                        line,
                        ..new_number(*gateway, country, operator)
                    };
                    (*number, number_there)
                })
                .collect(),
            operations: Default::default(),
            messages: Vec::new(),
            longs: Vec::new(),
            ids: Default::default(),
            money: Money::default(),
            lost: Vec::new(),
            notes: Vec::new(),
        };
        let mut case = Self {
            server,
            model,
            seen: Seen::default(),
            gateways,
            inventory,
            place: "at the start".to_owned(),
            serial: 0,
            lately: Vec::new(),
        };
        case.compare().await;
        case
    }

    pub async fn take(&mut self, place: usize, step: &Step) {
        self.place = format!("at step {place}, {step:?}");
        self.seen.note("step", 1);
        match step {
            Step::Rent(asks) => self.rent(asks).await,
            Step::Sms { batch, twice } => self.deliver(batch, *twice).await,
            Step::Finish {
                which,
                status,
                total,
                twice,
                then,
            } => {
                let id = self.which(which);
                self.finish(id, *status, *total, *twice).await;
                if let Some(then) = then {
                    self.compare().await;
                    self.finish(id, *then, *total, false).await;
                }
            }
            Step::Wait(span) => self.wait(*span),
            Step::Tick(span) => {
                self.wait(*span);
                self.tick().await;
            }
            Step::Starve(times) => {
                for _ in 0..*times {
                    self.rent(&[Ask::ANY]).await;
                    self.wait(GUARD + GUARD_GRACE);
                    self.tick().await;
                    self.compare().await;
                    self.wait(self.model.rest);
                    self.tick().await;
                    self.compare().await;
                }
            }
            Step::Beat(gateway) => self.beat(gateway.of(self.gateways.len())).await,
            Step::Enable(gateway, enabled) => self.enable(gateway.of(self.gateways.len()), *enabled).await,
            Step::Restart => self.restart().await,
            Step::RestartMidPush => self.restart_mid_push().await,
            Step::SetClock(by) => self.set_clock(*by),
            Step::Locked(ask) => self.while_locked(ask).await,
            Step::Force(which) => {
                let id = self.which(which);
                self.force(id).await;
            }
            Step::Ban(number) => self.ban(self.number(*number)).await,
            Step::Lift(number) => self.lift(*number).await,
            Step::Switch(number, enabled) => self.switch(self.number(*number), *enabled).await,
            Step::Line(number, line) => self.put_on_line(self.number(*number), *line).await,
            Step::Import(rows) => self.import(rows).await,
        }
        self.compare().await;
    }

    fn number(&self, pick: Pick) -> u64 {
        let all: Vec<u64> = self.model.numbers.keys().copied().collect();
        *pick.get(&all)
    }

    fn which(&self, which: &Which) -> i64 {
        let is_open = |id: &&i64| self.model.operations[*id].end.is_none();
        let all = self.model.operations.keys();
        let among: Vec<i64> = match which {
            Which::Open(_) => all.filter(is_open).copied().collect(),
            Which::Any(_) => all.copied().collect(),
            Which::Unknown => Vec::new(),
        };
        match which {
            Which::Open(index) | Which::Any(index) if !among.is_empty() => *index.get(&among),
            _ => i64::try_from(self.model.operations.len()).unwrap() + 1 + self.serial % 3,
        }
    }

    fn wait(&mut self, span: i64) {
        self.server
            .advance(std::time::Duration::from_millis(span.unsigned_abs()));
        self.model.now += span;
        self.model.steady += span;
        assert_eq!(self.server.clock.now().as_ms(), self.model.now);
    }

    pub async fn finish(&mut self, id: i64, status: i64, total: i64, twice: bool) {
        let times = if twice { 2 } else { 1 };
        let sum = roubles(total);
        let answers = join_all((0..times).map(|_| self.server.finish_answer(id, status, &sum))).await;
        for answer in answers {
            let effect = self.model.finish(id, status, total);
            let known = effect != Effect::Unknown;
            assert_eq!(answer.code(), if known { 200 } else { 404 }, "{}", self.place);
            let status_word = if known { "SUCCESS" } else { "ERROR" };
            assert_eq!(answer.json()["status"], status_word, "{}", self.place);
            self.seen.note(
                match effect {
                    Effect::Unknown => "unknown operation",
                    Effect::Closed if status == 3 => "sold",
                    Effect::Closed => "closed unsold",
                    Effect::Reversed => "credit reversed",
                    Effect::PostedLate => "credited late",
                    Effect::Contradicted => "contradicted",
                    Effect::Nothing => "repeated",
                },
                1,
            );
        }
    }

    /// A request of Onlinesim whose answer is taken apart here, or not at all.
    fn request(body: &Value) -> Request<Body> {
        let request = Request::post("/getNumberRent")
            .header("authorization", format!("Bearer {KEY}"))
            .header("content-type", "application/json");
        request.body(Body::from(body.to_string())).unwrap()
    }
}

fn new_number(gateway: usize, country: &'static str, operator: &'static str) -> state::Number {
    state::Number {
        gateway,
        line: None,
        country,
        operator,
        enabled: true,
        strikes: 0,
        banned_until: None,
        rests_until: None,
        operation: None,
    }
}

/// Kopecks as the protocol writes money.
pub fn roubles(kopecks: i64) -> String {
    format!("{}.{:02}", kopecks / 100, kopecks % 100)
}
