//! Takes each step, and checks what is answered; steps about orders are in `orders`.

use std::collections::BTreeMap;

use axum::http::Method;
use leaseline::domain::purchase::SupplierName;
use leaseline::domain::purchase::line::calls::SupplierCall;
use proptest::sample::Index;
use serde_json::{Value, json};
use tokio::join;

use super::super::Market;
use super::Seen;
use super::books::{Shown, Wholesale};
use super::plan::{AMERICANS, FRENCH, Step, VOICE_ONLY};
use super::rules::History;
use crate::support::suppliers::WholesalerControl as _;
use crate::support::suppliers::carrierx::did;
use crate::support::suppliers::multitel::ForSale;

pub struct Case {
    pub market: Market,
    /// In cents.
    pub budgets: BTreeMap<Wholesale, u64>,
    pub history: BTreeMap<Wholesale, History>,
    /// What the admin saw after the last step.
    pub shown: Shown,
    seen: Seen,
    messages: u32,
}

impl Case {
    pub async fn start((carrierx, multitel): (&'static str, &'static str)) -> Self {
        let settings = [
            ("CARRIERX__BUDGET_PER_DAY", carrierx),
            ("MULTITEL__BUDGET_PER_DAY", multitel),
        ];
        let market = Market::with(&settings).await;
        market.carrierx.api(|api| {
            api.available = AMERICANS.map(american).into();
        });
        market
            .multitel
            .api(|api| api.for_sale.retain(|number, _| FRENCH.contains(&number.as_str())));
        let cents = |budget: &str| {
            let (units, cents) = budget.split_once('.').unwrap_or((budget, "0"));
            units.parse::<u64>().unwrap() * 100 + cents.parse::<u64>().unwrap()
        };
        let mut case = Self {
            market,
            budgets: [
                (Wholesale::CarrierX, cents(carrierx)),
                (Wholesale::Multitel, cents(multitel)),
            ]
            .into(),
            history: Wholesale::ALL.map(|who| (who, History::default())).into(),
            shown: Shown::default(),
            seen: Seen::new(),
            messages: 0,
        };
        case.check().await;
        case
    }

    pub fn note(&mut self, what: &'static str, count: usize) {
        if count > 0 {
            *self.seen.entry(what).or_default() += count;
        }
    }

    pub fn into_seen(self) -> (Market, Seen) {
        (self.market, self.seen)
    }

    pub async fn take(&mut self, step: &Step) {
        match step {
            Step::Order(wanted) => self.order(wanted).await,
            Step::Cancel(which) => self.cancel(*which).await,
            Step::Faults(Wholesale::CarrierX, faults) => self.market.carrierx.faults(faults.clone()),
            Step::Faults(Wholesale::Multitel, faults) => self.market.multitel.faults(faults.clone()),
            Step::Reserve(which) => self.market.multitel.api(|api| {
                api.reserved.insert((*which.get(&FRENCH[..])).to_owned());
            }),
            Step::Balance(has) => self.market.multitel.api(|api| api.has_balance = *has),
            Step::Messaging(status) => self.market.carrierx.api(|api| api.finish_messaging(status)),
            Step::Wait(span) => self.market.server.advance(*span),
            Step::Work(span) => self.market.server.tick_after(*span).await,
            Step::Restart => self.market.server.restart().await,
            Step::Crash { is_called } => self.crash(*is_called).await,
            Step::GiveBack { number, when_free } => self.ask_back(*number, *when_free).await,
            Step::Race(number) => self.race(*number).await,
            Step::Rent => {
                let rented = self.market.server.get_number().await;
                self.note("rented", rented.iter().count());
            }
            Step::Finish(which, status) => self.finish(*which, *status).await,
            Step::Sms(which) => self.sms(*which).await,
            Step::Resume => self.resume().await,
            Step::Restock { floor, target } => self.restock(*floor, *target).await,
            Step::Relist => self.relist(),
        }
        if step.is_noticed() {
            self.check().await;
        }
    }

    async fn crash(&mut self, is_called: bool) {
        let work = self.market.claims().await;
        let purchases = work
            .iter()
            .filter(|work| matches!(work.call, SupplierCall::Buy(_)))
            .count();
        if is_called {
            for work in &work {
                self.market.buy_and_lose(work).await;
            }
        }
        self.market.server.restart().await;
        self.note("crashed between intent and answer", purchases);
    }

    fn pick_number(&self, which: Index) -> Option<String> {
        let numbers: Vec<&String> = self.shown.numbers.keys().collect();
        (!numbers.is_empty()).then(|| (*which.get(&numbers)).clone())
    }

    /// What is ours is given back, unless it is rented, or on its way.
    async fn ask_back(&mut self, which: Index, when_free: bool) {
        let Some(number) = self.pick_number(which) else { return };
        let hold = self.shown.numbers[&number].1.as_str();
        let is_rented = self.shown.is_rented(&number);
        let expected = match hold {
            "giving_back" | "given_back" => 409,
            _ if is_rented && !when_free => 409,
            _ => 202,
        };
        let body = json!({"reason": "too dear", "when_free": when_free});
        let answer = self.market.give_back(&number, body).await;
        assert_eq!(answer.code(), expected, "{number} {hold}: {}", answer.line());
        let what = match (expected, is_rented) {
            (202, false) => "give-back asked",
            (202, true) => "give-back while rented",
            _ => "give-back refused",
        };
        self.note(what, 1);
    }

    /// The checks after the step say whether it was rented and given back.
    async fn race(&mut self, which: Index) {
        let Some(number) = self.pick_number(which) else { return };
        let server = &self.market.server;
        let back = self.market.give_back(&number, json!({"reason": "too dear"}));
        let (_, rented, ()) = join!(back, server.get_number(), server.tick());
        self.note("rented", rented.iter().count());
    }

    async fn finish(&mut self, which: Index, status: i64) {
        if !self.shown.rentals.is_empty() {
            let (id, _) = which.get(&self.shown.rentals);
            self.market.server.finish(*id, status, "320").await;
        }
    }

    /// To a number that somebody rents.
    async fn sms(&mut self, which: Index) {
        let rentals = self.shown.rentals.iter();
        let numbers: Vec<_> = rentals
            .filter(|(_, number)| Wholesale::of_number(number) == Wholesale::CarrierX)
            .collect();
        if numbers.is_empty() {
            return;
        }
        let (_, to) = which.get(&numbers);
        self.messages += 1;
        let sms = json!({"message_sid": format!("m{}", self.messages), "direction": "inbound", "from": "15550001111",
                         "to": to, "message": "Your code is 4321", "type": "sms", "status": "received"});
        let token = self.market.gateway(SupplierName::CarrierX).token;
        assert_eq!(self.market.server.sms_answer(&token, sms).await.code(), 200);
    }

    pub async fn resume(&mut self) {
        for who in Wholesale::ALL {
            let path = format!("/v1/suppliers/{}/resume", who.name());
            let answer = self.market.server.admin(Method::POST, &path, None).await;
            assert!(matches!(answer.code(), 200 | 409), "{}", answer.line());
            self.note("resumed", usize::from(answer.code() == 200));
        }
    }

    /// Only what the admin sees as given back: until then a number ages.
    pub fn relist(&self) {
        let is_gone = |number: &&str| !self.market.book(Wholesale::of_number(number)).rented.contains(*number);
        for number in AMERICANS
            .iter()
            .filter(|number| self.shown.is_given_back(number) && is_gone(number))
        {
            self.market.carrierx.api(|api| {
                if !api.available.iter().any(|did: &Value| did["phonenumber"] == **number) {
                    api.available.push(american(number));
                }
            });
        }
        self.market.multitel.api(|api| {
            let released: Vec<String> = std::mem::take(&mut api.reserved).into_iter().collect();
            for number in released.into_iter().filter(|number| !api.owned.contains_key(number)) {
                api.for_sale.entry(number).or_insert_with(french);
            }
        });
    }
}

fn american(number: &str) -> Value {
    let capabilities = if number == VOICE_ONLY { 4 } else { 7 };
    did(number, number, "USA", capabilities, "available")
}

fn french() -> ForSale {
    ForSale {
        setup: "1.000",
        monthly: "2.00",
        receives_sms: true,
        price_uuid: "4f79d0a734aa3ce0d9f127f66a3d80a3",
        code: None,
    }
}
