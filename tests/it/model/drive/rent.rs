//! GET_NUMBER: which number is issued is the server's choice, if it was permitted.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::super::compare::kopecks;
use super::super::plan::Ask;
use super::super::state::RentFilter;
use super::{Case, roubles};
use crate::support::KEY;

impl Case {
    /// Asks for numbers, all at the same instant. The rental of a lost answer shows only in the admin API.
    pub async fn rent(&mut self, asks: &[Ask]) {
        let filters: Vec<RentFilter> = asks
            .iter()
            .map(|ask| RentFilter {
                country: ask.country,
                operator: ask.operator,
                excluded: ask.prefixes(),
            })
            .collect();
        // Each at a price of its own, by which its operation is found when its answer is lost.
        let prices: Vec<i64> = (1..)
            .map(|one| 30_000 + 7 * (self.serial + one))
            .take(asks.len())
            .collect();
        self.serial += 10;
        let bodies = filters.iter().zip(&prices).map(|(filter, price)| body(filter, *price));
        let answers = join_all(bodies.zip(asks).map(|(body, ask)| self.get_number(body, ask.is_lost))).await;

        let mut opened: BTreeMap<i64, (u64, usize)> = BTreeMap::new();
        for (place, answer) in answers.iter().enumerate() {
            match answer {
                Some(answer) if answer["status"] == "SUCCESS" => {
                    let id = answer["activationId"].as_i64().expect("an integer");
                    let number = answer["number"].as_u64().expect("an integer");
                    let before = opened.insert(id, (number, place));
                    assert_eq!(before, None, "one activationId for two rentals, {}", self.place);
                }
                Some(answer) => assert_eq!(answer["status"], "NO_NUMBERS", "{}", self.place),
                None => {
                    self.seen.note("answer lost", 1);
                    opened.extend(
                        self.find_by_price(prices[place])
                            .await
                            .map(|(id, number)| (id, (number, place))),
                    );
                }
            }
        }
        let newest = self.model.operations.keys().last().copied().unwrap_or(0);
        for (id, (number, place)) in &opened {
            assert!(*id > newest, "ids rise, {}", self.place);
            let permitted = self.model.permitted(&filters[*place]);
            assert!(
                permitted.contains(number),
                "rules 1 and 3: {number} of {permitted:?}, {}",
                self.place
            );
            self.model.open(*id, *number, prices[*place]);
            if asks[*place].is_lost {
                self.model.lost.push(*id);
            }
        }
        self.seen.note("rented", opened.len());
        if opened.len() > 1 {
            self.seen.note("rented at the same instant", opened.len());
        }
        for place in (0..asks.len()).filter(|place| !opened.values().any(|(_, opened)| opened == place)) {
            // What was rented beside it may have been what it wanted; what is left is not.
            let permitted = self.model.permitted(&filters[place]);
            assert!(
                permitted.is_empty(),
                "NO_NUMBERS, although {permitted:?}, {}",
                self.place
            );
            self.seen.note("no numbers", 1);
            let rests = |number: &super::super::state::Number| number.state() == "resting";
            if self.model.numbers.values().any(rests) {
                self.seen.note("no numbers while some rest", 1);
            }
            let is_free = |number: &super::super::state::Number| number.state() == "available";
            if self
                .model
                .numbers
                .values()
                .any(|number| is_free(number) && self.model.headroom(number.gateway) == 0)
            {
                self.seen.note("no numbers for want of capacity", 1);
            }
        }
    }

    /// The answer; `None` when it is dropped before a byte of it is taken.
    async fn get_number(&self, body: Value, is_lost: bool) -> Option<Value> {
        let answer = self
            .server
            .onlinesim_router()
            .oneshot(Self::request(&body))
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{}", self.place);
        if is_lost {
            return None;
        }
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        Some(serde_json::from_slice(&bytes).unwrap())
    }

    async fn find_by_price(&self, price: i64) -> Option<(i64, u64)> {
        let open = self.server.open_operations().await;
        let found = open.iter().find(|one| kopecks(&one["sum"]) == price)?;
        let number = found["number"].as_str().unwrap().parse().unwrap();
        Some((found["id"].as_i64().unwrap(), number))
    }
}

fn body(filter: &RentFilter, price: i64) -> Value {
    let sum: serde_json::Number = serde_json::from_str(&roubles(price)).unwrap();
    let mut body = json!({"action": "GET_NUMBER", "key": KEY, "service": "rent", "sum": sum});
    for (name, value) in [("country", filter.country), ("operator", filter.operator)] {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    if !filter.excluded.is_empty() {
        body["exceptionPhoneSet"] = json!(filter.excluded);
    }
    body
}
