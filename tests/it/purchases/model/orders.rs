//! Orders, cancellations and rules for restocking, with what has to be answered.

use std::collections::BTreeSet;

use axum::http::Method;
use leaseline::worker::Worker as _;
use proptest::sample::Index;
use serde_json::{Value, json};

use super::books::Wholesale;
use super::drive::Case;
use super::plan::{AMERICANS, FRENCH, Wanted};

/// More are not needed, and each is read after each step.
const ORDERS_MAX: usize = 10;

impl Case {
    /// The form of an order, and the numbers that it names.
    fn form(&self, wanted: &Wanted) -> (Value, BTreeSet<&'static str>) {
        let number = match wanted {
            Wanted::French(pick) => Some(*pick.get(&FRENCH[..])),
            Wanted::Again(pick) => {
                let all = AMERICANS.into_iter().chain(FRENCH);
                let gone: Vec<&str> = all.filter(|number| self.shown.is_given_back(number)).collect();
                Some(if gone.is_empty() {
                    *pick.get(&AMERICANS[..])
                } else {
                    *pick.get(&gone)
                })
            }
            Wanted::American(_) | Wanted::Quantity(_) | Wanted::Random(_) => None,
        };
        let mut numbers: BTreeSet<&str> = number.into_iter().collect();
        let mut order = match number.map(Wholesale::of_number) {
            Some(Wholesale::Multitel) => json!({"supplier": "multitel", "max_monthly": "2", "max_setup": "1"}),
            _ => json!({"supplier": "carrierx", "max_monthly": "0.60", "country": "united states"}),
        };
        order["operator"] = json!("wholesale");
        match wanted {
            Wanted::American(picks) => numbers.extend(picks.iter().map(|pick| *pick.get(&AMERICANS[..]))),
            Wanted::Quantity(quantity) => order["quantity"] = json!(quantity),
            Wanted::Random(quantity) => {
                order["random"] = json!(true);
                order["quantity"] = json!(quantity);
            }
            Wanted::French(_) | Wanted::Again(_) => {}
        }
        if !numbers.is_empty() {
            order["numbers"] = json!(numbers);
        }
        (order, numbers)
    }

    pub async fn order(&mut self, wanted: &Wanted) {
        let orders: BTreeSet<i64> = self.shown.lines.values().flatten().map(|line| line.order).collect();
        if orders.len() >= ORDERS_MAX {
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
        let available =
            self.shown.numbers.iter().filter(|(number, (state, _))| {
                state == "available" && Wholesale::of_number(number) == Wholesale::CarrierX
            });
        let stock = available.count() + lines.iter().filter(|line| line.is(&live)).count();
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
