//! Compares what the server's APIs show with the model.

mod messages;

use std::collections::BTreeMap;

use chrono::DateTime;
use leaseline::storage::pools;
use serde_json::Value;

use super::drive::Case;
use super::state::{Fate, ModelState};

/// A number as both are compared: gateway and line, country, operator, state, strikes, ends of its ban and its rest,
/// operation.
type NumberFace = (
    (String, Option<String>),
    String,
    String,
    String,
    u64,
    [Option<i64>; 2],
    Option<i64>,
);
/// An operation: number, state, outcome, price, credit, opening, end, messages, discrepancies.
type OperationFace = (
    String,
    String,
    Option<String>,
    i64,
    Option<i64>,
    i64,
    Option<i64>,
    usize,
    u64,
);

impl Case {
    pub async fn compare(&mut self) {
        let place = &self.place;
        assert_eq!(
            self.numbers().await,
            numbers(&self.model),
            "numbers (server, model), {place}"
        );
        assert_eq!(
            self.operations().await,
            operations(&self.model),
            "operations (server, model), {place}"
        );
        self.compare_messages().await;
        self.compare_repetitions().await;
        self.compare_balance().await;
        self.compare_services().await;
        let mut session = self.server.app().database.read().await.unwrap();
        let miscounted = pools::out_of_sync(&mut session).await.unwrap();
        assert!(miscounted.is_empty(), "{miscounted:?}, {place}");
        self.note_bans();
        for what in std::mem::take(&mut self.model.notes) {
            self.seen.note(what, 1);
        }
    }

    async fn numbers(&self) -> BTreeMap<String, NumberFace> {
        let listed = self.server.admin_list("/v1/numbers?limit=1000").await;
        let face = |one: &Value| {
            let place = ["gateway", "country", "operator", "state"].map(|name| text(&one[name]));
            let [gateway, country, operator, state] = place;
            let strikes = one["strikes"].as_u64().unwrap();
            let face = (
                (gateway, one["line"].as_str().map(str::to_owned)),
                country,
                operator,
                state,
                strikes,
                ["banned_until", "rests_until"].map(|name| timestamp(&one[name])),
                one["operation"].as_i64(),
            );
            (text(&one["number"]), face)
        };
        let faces: BTreeMap<_, _> = listed.iter().map(face).collect();
        assert_eq!(faces.len(), listed.len());
        faces
    }

    /// Rule 7: how many SMS each gateway sent again, and how often it gave the id of one to another.
    async fn compare_repetitions(&self) {
        let listed = self.server.admin_list("/v1/gateways").await;
        let counts = |one: &Value| ["repetitions", "reused_ids"].map(|name| one[name].as_u64().unwrap());
        let server: Vec<[u64; 2]> = listed.iter().map(counts).collect();
        let model = self.model.gateways.iter();
        let model: Vec<[u64; 2]> = model.map(|one| [one.repetitions, one.reused_ids]).collect();
        assert_eq!(server, model, "repetitions of gateways, {}", self.place);
    }

    async fn operations(&self) -> BTreeMap<i64, OperationFace> {
        let listed = self.server.admin_list("/v1/operations?limit=1000").await;
        let face = |one: &Value| {
            let face = (
                text(&one["number"]),
                text(&one["state"]),
                one["outcome"].as_str().map(str::to_owned),
                kopecks(&one["sum"]),
                one["posted"].as_str().map(|_| kopecks(&one["posted"])),
                timestamp(&one["created_at"]).unwrap(),
                timestamp(&one["closed_at"]),
                usize::try_from(one["messages"].as_u64().unwrap()).unwrap(),
                one["discrepancies"].as_u64().unwrap(),
            );
            (one["id"].as_i64().unwrap(), face)
        };
        listed.iter().map(face).collect()
    }

    /// Rule 6.
    async fn compare_balance(&self) {
        let balance = self.server.admin_get("/v1/balance").await;
        let shown = ["expected", "posted", "reversed", "voided"].map(|name| kopecks(&balance[name]));
        let money = self.model.money;
        let expected = self.model.expected();
        assert_eq!(
            shown,
            [expected, money.posted, money.reversed, money.voided],
            "rule 6, {}",
            self.place
        );
        assert_eq!(
            money.reserved,
            money.posted + money.voided + expected,
            "rule 6, {}",
            self.place
        );
    }

    /// Rule 4: the promise is what can be rented all at once, no more and, all in all, no less.
    async fn compare_services(&self) {
        let promised = self.server.services().await;
        let mut free = self.model.free();
        let mut headroom: Vec<usize> = (0..self.model.gateways.len())
            .map(|gateway| self.model.headroom(gateway))
            .collect();
        let mut total = 0;
        let mut units = Vec::new();
        for (country, operators) in &promised {
            let sum: u64 = operators
                .iter()
                .filter(|(name, _)| *name != "any")
                .map(|(_, count)| count)
                .sum();
            assert_eq!(operators["any"], sum, "rule 4: {country} adds up, {}", self.place);
            for (operator, count) in operators.iter().filter(|(name, _)| *name != "any") {
                let key = free
                    .keys()
                    .position(|key| *key == (country.as_str(), operator.as_str()));
                let key = key.unwrap_or_else(|| panic!("rule 4: {country} {operator} is promised, {}", self.place));
                units.extend((0..*count).map(|_| key));
            }
            total += usize::try_from(sum).unwrap();
        }
        assert_eq!(total, self.model.rentable(), "rule 4: {promised:?}, {}", self.place);
        let mut counts: Vec<Vec<usize>> = std::mem::take(&mut free).into_values().collect();
        assert!(
            honour(&units, &mut counts, &mut headroom),
            "rule 4: {promised:?} at once, {}",
            self.place
        );
    }

    fn note_bans(&mut self) {
        let banned = |number: &&super::state::Number| number.strikes >= super::state::STRIKES_MAX;
        let count = self.model.numbers.values().filter(banned).count();
        self.seen.note("banned by strikes", count);
        let parked = self
            .model
            .messages
            .iter()
            .filter(|message| message.fate == Fate::Parked);
        self.seen.note("parked", parked.count());
    }
}

/// Whether each unit of a promise finds a gateway: `counts` are the free numbers of each kind at each gateway, `headroom` what
/// each gateway can still carry.
fn honour(units: &[usize], counts: &mut Vec<Vec<usize>>, headroom: &mut Vec<usize>) -> bool {
    let Some((kind, rest)) = units.split_first() else {
        return true;
    };
    for gateway in 0..headroom.len() {
        if counts[*kind][gateway] > 0 && headroom[gateway] > 0 {
            counts[*kind][gateway] -= 1;
            headroom[gateway] -= 1;
            if honour(rest, counts, headroom) {
                return true;
            }
            counts[*kind][gateway] += 1;
            headroom[gateway] += 1;
        }
    }
    false
}

fn numbers(model: &ModelState) -> BTreeMap<String, NumberFace> {
    let face = |number: &super::state::Number| {
        let names = [number.country, number.operator, number.state()].map(str::to_owned);
        let [country, operator, state] = names;
        let gateway = format!("bank{}", number.gateway);
        (
            (gateway, number.line.map(str::to_owned)),
            country,
            operator,
            state,
            number.strikes,
            [number.banned_until, number.rests_until],
            number.operation,
        )
    };
    model
        .numbers
        .iter()
        .map(|(digits, number)| (digits.to_string(), face(number)))
        .collect()
}

fn operations(model: &ModelState) -> BTreeMap<i64, OperationFace> {
    let face = |id: i64, operation: &super::state::Operation| {
        let state = match operation.end {
            Some(_) => "closed",
            None if model.has_sms(id) => "receiving",
            None => "waiting",
        };
        let own = model.messages.iter().filter(|message| message.operation == Some(id));
        (
            operation.number.to_string(),
            state.to_owned(),
            operation.end.map(|end| end.outcome.to_owned()),
            operation.price,
            operation.end.and_then(|end| end.posted),
            operation.opened_at,
            operation.end.map(|end| end.at),
            own.count(),
            operation.discrepancies,
        )
    };
    model
        .operations
        .iter()
        .map(|(id, operation)| (*id, face(*id, operation)))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text: {value}")).to_owned()
}

/// Milliseconds since 1970.
fn timestamp(value: &Value) -> Option<i64> {
    let time = DateTime::parse_from_rfc3339(value.as_str()?).unwrap();
    Some(time.timestamp_millis())
}

/// Money as the admin reads it, `870.50`.
pub fn kopecks(value: &Value) -> i64 {
    let text = value
        .as_str()
        .unwrap_or_else(|| panic!("money is a decimal string: {value}"));
    let (roubles, kopecks) = text.split_once('.').expect("two decimals");
    assert_eq!(kopecks.len(), 2, "two decimals: {text}");
    100 * roubles.parse::<i64>().unwrap() + kopecks.parse::<i64>().unwrap()
}
