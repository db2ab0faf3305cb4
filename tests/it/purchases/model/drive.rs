//! Takes each step, and checks what is answered; steps about orders are in `orders`.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use leaseline::domain::purchase::line::calls::SupplierCall;
use proptest::sample::Index;
use serde_json::{Value, json};
use tokio::join;

use super::super::Market;
use super::Seen;
use super::books::{Shown, Wholesale};
use super::plan::{AMERICANS, Budgets, EXTERNALS, MULTITELS, Step, VOICE_ONLY};
use super::rules::History;
use crate::support::suppliers::WholesalerControl as _;
use crate::support::suppliers::carrierx::did;
use crate::support::suppliers::multitel::ForSale;

pub const PRICE_UUID: &str = "4f79d0a734aa3ce0d9f127f66a3d80a3";

pub struct Case {
    pub market: Market,
    /// In cents.
    pub budgets: BTreeMap<Wholesale, u64>,
    pub history: BTreeMap<Wholesale, History>,
    /// What the admin saw after the last step.
    pub shown: Shown,
    /// All addresses for SMS that the server ever had.
    pub addresses: BTreeSet<String>,
    /// The numbers of ours at which an SMS arrived, or whose proof the partner confirmed.
    pub proven: BTreeSet<String>,
    /// How often the address changed.
    pub readdressed: u32,
    /// How many numbers CM.com's staff gave us.
    pub filled: u64,
    /// How many SMS were delivered.
    pub messages: u32,
    seen: Seen,
}

impl Case {
    pub async fn start(budgets: Budgets) -> Self {
        let names = Wholesale::ALL.map(|who| {
            let section = who.name().to_uppercase().replace('-', "_");
            format!("{section}__BUDGET_PER_DAY")
        });
        let settings: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(budgets).collect();
        let market = Market::with(&settings).await;
        market.carrierx.api(|api| {
            api.available = AMERICANS.into_iter().chain(EXTERNALS).map(carrierx_did).collect();
        });
        market.multitel.api(|api| {
            api.for_sale = MULTITELS.map(|number| (number.to_owned(), for_sale())).into();
        });
        let cents = |budget: &str| {
            let (units, cents) = budget.split_once('.').unwrap_or((budget, "0"));
            units.parse::<u64>().unwrap() * 100 + cents.parse::<u64>().unwrap()
        };
        let mut case = Self {
            market,
            budgets: Wholesale::ALL.into_iter().zip(budgets.map(cents)).collect(),
            history: Wholesale::ALL.map(|who| (who, History::default())).into(),
            shown: Shown::default(),
            addresses: BTreeSet::new(),
            proven: BTreeSet::new(),
            readdressed: 0,
            filled: 0,
            messages: 0,
            seen: Seen::new(),
        };
        case.note_addresses();
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
            Step::Faults(Wholesale::Cm, faults) => self.market.cm.faults(faults.clone()),
            Step::Faults(_, faults) => self.market.multitel.faults(faults.clone()),
            Step::Reserve(which) => self.market.multitel.api(|api| {
                api.reserved.insert((*which.get(&MULTITELS[..])).to_owned());
            }),
            Step::Balance(has) => self.market.multitel.api(|api| api.has_balance = *has),
            Step::Messaging(status) => self.market.carrierx.api(|api| api.finish_messaging(status)),
            Step::Conflict => self.market.carrierx.api(|api| api.external_conflicts += 1),
            Step::Provider { assigns } => self.provider(*assigns),
            Step::Staff(which, does) => self.staff(*which, *does),
            Step::Ids(names_ids) => self.market.cm.api(|api| api.names_ids = *names_ids),
            Step::Report { line, is_forged } => self.report(*line, *is_forged).await,
            Step::Wait(span) => self.market.server.advance(*span),
            Step::Work(span) => self.market.server.tick_after(*span).await,
            Step::Restart => self.market.server.restart().await,
            Step::Readdress { is_secret } => self.readdress(*is_secret).await,
            Step::Crash { is_called } => self.crash(*is_called).await,
            Step::GiveBack { number, when_free } => self.ask_back(*number, *when_free).await,
            Step::Restore(number) => self.restore(*number).await,
            Step::Prove(line) => self.prove(*line).await,
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

    /// What is ours is given back, unless it is rented, or on its way, or CM.com's.
    async fn ask_back(&mut self, which: Index, when_free: bool) {
        let Some(number) = self.pick_number(which) else { return };
        let hold = self.shown.numbers[&number].1.as_str();
        let is_rented = self.shown.is_rented(&number);
        let expected = match hold {
            "giving_back" | "given_back" => 409,
            _ if Wholesale::of_number(&number) == Wholesale::Cm => 409,
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

    pub async fn resume(&mut self) {
        for who in Wholesale::ALL {
            let path = format!("/v1/suppliers/{}/resume", who.name());
            let answer = self.market.server.admin(Method::POST, &path, None).await;
            assert!(matches!(answer.code(), 200 | 409), "{}", answer.line());
            self.note("resumed", usize::from(answer.code() == 200));
        }
    }

    /// Only what the admin sees as given back: until then a number ages. What a provider never assigned is for sale again, too.
    pub fn relist(&self) {
        let rented = self.market.book(Wholesale::CarrierX).rented;
        let is_gone = |number: &&str| !rented.contains(*number) && !self.shown.is_taken(Wholesale::CarrierX, number);
        for number in AMERICANS.into_iter().chain(EXTERNALS).filter(is_gone) {
            self.market.carrierx.api(|api| {
                if !api.available.iter().any(|did: &Value| did["phonenumber"] == *number) {
                    api.available.push(carrierx_did(number));
                }
            });
        }
        self.market.multitel.api(|api| {
            let released: Vec<String> = std::mem::take(&mut api.reserved).into_iter().collect();
            for number in released.into_iter().filter(|number| !api.owned.contains_key(number)) {
                api.for_sale.entry(number).or_insert_with(for_sale);
            }
        });
    }
}

fn carrierx_did(number: &str) -> Value {
    let capabilities = if number == VOICE_ONLY { 4 } else { 7 };
    match EXTERNALS.contains(&number) {
        true => did(number, number, "SWE", capabilities, "external"),
        false => did(number, number, "USA", capabilities, "available"),
    }
}

fn for_sale() -> ForSale {
    ForSale {
        setup: "1.000",
        monthly: "2.00",
        receives_sms: true,
        price_uuid: PRICE_UUID,
        code: None,
    }
}
