//! Orders, cancellations and rules for restocking, with what has to be answered.

use std::collections::BTreeSet;

use axum::http::Method;
use leaseline::worker::Worker as _;
use proptest::sample::Index;
use serde_json::{Value, json};

use super::books::{LIVE, Line, Wholesale};
use super::drive::{Case, PRICE_UUID};
use super::plan::{AMERICANS, EXTERNALS, FRENCH, MULTITELS, PRICED, Wanted};

/// More are not needed, and each is read after each step.
const ORDERS_MAX: usize = 12;

impl Case {
    /// One that was given back; without one, another.
    fn given_back(&self, pick: Index) -> &'static str {
        let all = AMERICANS.into_iter().chain(EXTERNALS).chain(MULTITELS);
        let gone: Vec<&str> = all.filter(|number| self.shown.is_given_back(number)).collect();
        match gone.as_slice() {
            [] => one_of(pick, &AMERICANS),
            gone => one_of(pick, gone),
        }
    }

    /// The form of an order, and the numbers that it names.
    fn form(&self, wanted: &Wanted) -> (Value, BTreeSet<&'static str>) {
        let american = json!({"supplier": "carrierx", "max_monthly": "0.60", "country": "united states"});
        let (mut order, numbers) = match wanted {
            Wanted::American(picks) => {
                let numbers = picks.iter().map(|pick| *pick.get(&AMERICANS[..])).collect();
                (with(american, "numbers", json!(numbers)), numbers)
            }
            Wanted::External(pick) => chosen(one_of(*pick, &EXTERNALS)),
            Wanted::French(pick) => chosen(one_of(*pick, &FRENCH)),
            Wanted::Priced(pick) => chosen(one_of(*pick, &PRICED)),
            Wanted::Again(pick) => chosen(self.given_back(*pick)),
            Wanted::Quantity(quantity) => (with(american, "quantity", json!(quantity)), BTreeSet::new()),
            Wanted::Random(quantity) => {
                let order = with(american, "quantity", json!(quantity));
                (with(order, "random", json!(true)), BTreeSet::new())
            }
            Wanted::Place(quantity) => {
                let order = json!({"supplier": "cm", "area_code": "20", "quantity": quantity});
                (order, BTreeSet::new())
            }
        };
        order["operator"] = json!("wholesale");
        (order, numbers)
    }

    fn has_enough_orders(&self) -> bool {
        let orders: BTreeSet<i64> = self.shown.lines.values().flatten().map(|line| line.order).collect();
        orders.len() >= ORDERS_MAX
    }

    pub async fn order(&mut self, wanted: &Wanted) {
        if self.has_enough_orders() {
            return;
        }
        let (order, numbers) = self.form(wanted);
        let is_taken = |number: &&str| self.shown.is_taken(Wholesale::of_number(number), number);
        let expected = if numbers.iter().any(is_taken) { 409 } else { 202 };
        let answer = self.market.server.admin_post("/v1/orders", order).await;
        assert_eq!(answer.code(), expected, "{wanted:?}: {}", answer.line());
        self.note(
            if expected == 202 {
                "ordered"
            } else {
                "order refused: taken"
            },
            1,
        );
    }

    /// What v3 sold is restored, unless it is ordered once more already.
    pub async fn restore(&mut self, which: Index) {
        if self.has_enough_orders() {
            return;
        }
        let number = self.given_back(which);
        let who = Wholesale::of_number(number);
        let lines = self.shown.lines[&who].iter();
        let mut lines = lines.filter(|line| line.number.as_deref() == Some(number));
        let is_live = lines.clone().any(|line| line.is(&LIVE));
        let is_gone = lines.any(|line| line.is(&["given_back"])) && self.shown.is_given_back(number);
        let expected = match who {
            Wholesale::MultitelV3 if is_gone && !is_live => 202,
            _ => 409,
        };
        let path = format!("/v1/numbers/{number}/restore");
        let answer = self.market.server.admin(Method::POST, &path, None).await;
        assert_eq!(answer.code(), expected, "{number}: {}", answer.line());
        self.note("restored", usize::from(expected == 202));
    }

    /// Exactly what is planned is cancelled.
    pub async fn cancel(&mut self, which: Index) {
        let lines: Vec<_> = self.shown.lines.values().flatten().cloned().collect();
        if lines.is_empty() {
            return;
        }
        let order = which.get(&lines).order;
        let planned = lines
            .iter()
            .filter(|line| line.order == order && line.is(&["planned"]))
            .count();
        let path = format!("/v1/orders/{order}/cancel");
        let answer = self.market.server.admin_post(&path, json!({"reason": "changed"})).await;
        assert_eq!(answer.code(), if planned > 0 { 200 } else { 409 }, "{}", answer.line());
        self.note(if planned > 0 { "cancelled" } else { "nothing to cancel" }, 1);
    }

    /// What is ordered fills the stock up to the target, and no further.
    pub async fn restock(&mut self, floor: u32, target: u32) {
        let rule = json!({"floor": floor, "target": target, "max_monthly": "0.60", "batch_max": 2});
        let path = "/v1/restock/carrierx/united%20states";
        self.market.server.admin(Method::PUT, path, Some(rule)).await.ok();
        let lines = &self.shown.lines[&Wholesale::CarrierX];
        let live = ["planned", "attempted", "unknown", "waiting", "wiring", "unproven"];
        let is_american = |number: &str| number.starts_with('1');
        let numbers = self.shown.numbers.iter();
        let available = numbers.filter(|(number, (state, _))| state == "available" && is_american(number));
        let is_open = |line: &&Line| line.is(&live) && line.number.as_deref().is_none_or(is_american);
        let stock = available.count() + lines.iter().filter(is_open).count();
        let before = lines.len();
        self.market.server.app().restock.pass().await.unwrap();
        let ordered = self.market.shown().await.lines[&Wholesale::CarrierX].len() - before;
        let (floor, target) = (usize::try_from(floor).unwrap(), usize::try_from(target).unwrap());
        let most = if stock < floor { (target - stock).min(2) } else { 0 };
        assert!(
            ordered == 0 || ordered == most,
            "{ordered} ordered with {stock}, {floor} to {target}"
        );
        self.note("restocked", ordered);
    }
}

fn one_of(pick: Index, numbers: &[&'static str]) -> &'static str {
    numbers[pick.index(numbers.len())]
}

fn with(mut order: Value, name: &str, value: Value) -> Value {
    order[name] = value;
    order
}

/// The order of a number by the form that its wholesaler has.
fn chosen(number: &'static str) -> (Value, BTreeSet<&'static str>) {
    let order = match Wholesale::of_number(number) {
        Wholesale::MultitelV3 => json!({"supplier": "multitel-v3", "number": number, "price_uuid": PRICE_UUID,
                                        "expected_monthly": "2", "expected_setup": "1"}),
        Wholesale::Multitel => {
            json!({"supplier": "multitel", "numbers": [number], "max_monthly": "2", "max_setup": "1"})
        }
        _ => json!({"supplier": "carrierx", "numbers": [number], "max_monthly": "0.60",
                    "external": EXTERNALS.contains(&number)}),
    };
    (order, BTreeSet::from([number]))
}
