//! The rows of the table, and the ceiling that each is compared with.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::load::{Load, Measured, Requests, post};
use super::server::Server;
use super::{Bench, COUNT_MAX, COUNT_PER_CONNECTION, Inventory, KEY};

impl Bench {
    pub fn rent(&self, inventory: &Inventory, what: &str, prefixes: &[String], connections: usize) {
        let name = format!("GET_NUMBER, {} numbers, {what}", inventory.count);
        if self.skips(&name) {
            return;
        }
        let server = self.server(inventory);
        let body = get_number(prefixes);
        // Not more than there are numbers to rent, and some left over.
        let rentable = if prefixes.len() > 3 {
            inventory.count / 100
        } else {
            inventory.count
        };
        let count = count(connections).min(rentable * 9 / 10);
        let ceiling = self.ceiling(&server, &body, connections);
        let requests = same(&post("/getNumberRent", &body));
        let load = Load {
            server: server.onlinesim,
            connections,
            count,
            wanted: "activationId",
            requests,
        };
        let measured = load.drive();
        row(&name, connections, &measured, Some(&ceiling));
        let mut numbers = measured.numbers;
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len() as u64, count, "a number was issued twice");
        let excluded = |number: &u64| {
            prefixes
                .iter()
                .any(|prefix| number.to_string().starts_with(prefix.as_str()))
        };
        assert!(!numbers.iter().any(excluded), "an excluded number was issued");
        if inventory.count == 1_000_000 && connections == 256 {
            println!(
                "memory at {} numbers: {} MB at the most",
                inventory.count,
                server.memory_bytes_max() / 1_000_000
            );
        }
    }

    fn ceiling(&self, server: &Server, body: &str, connections: usize) -> Measured {
        let requests = same(&post("/ceiling", body));
        let load = Load {
            server: server.ceiling,
            connections,
            count: count(connections),
            wanted: "SUCCESS",
            requests,
        };
        load.drive()
    }

    /// GET_SERVICES on one connection while GET_NUMBER runs on 64.
    pub fn services(&self, inventory: &Inventory) {
        let name = format!("GET_SERVICES beside GET_NUMBER at 64, {} numbers", inventory.count);
        if self.skips(&name) {
            return;
        }
        let server = self.server(inventory);
        let requests = same(&post("/getNumberRent", &get_number(&[])));
        let rent = Load {
            server: server.onlinesim,
            connections: 64,
            count: COUNT_MAX,
            wanted: "activationId",
            requests,
        };
        let renting = rent.start();
        let body = json!({ "action": "GET_SERVICES", "key": KEY }).to_string();
        let requests = same(&post("/getServicesRent", &body));
        let load = Load {
            server: server.onlinesim,
            connections: 1,
            count: 500,
            wanted: "countryList",
            requests,
        };
        row(&name, 1, &load.drive(), None);
        assert_eq!(renting.join().unwrap().unexpected, 0);
    }

    pub fn sms(&self, inventory: &Inventory) {
        if self.skips("SMS in") {
            return;
        }
        let server = self.server(inventory);
        let numbers = rented(&server, 5_000);
        let ceiling = self.ceiling(&server, &get_number(&[]), 64);
        let path = format!("/in/{}", inventory.token);
        let requests: Requests = Arc::new(move |turn| {
            let to = numbers[usize::try_from(turn).unwrap() % numbers.len()].to_string();
            post(
                &path,
                &json!({ "id": turn.to_string(), "from": "VK", "to": to, "text": "Code 4821" }).to_string(),
            )
        });
        let load = Load {
            server: server.onlinesim,
            connections: 64,
            count: 30_000,
            wanted: "200 OK",
            requests,
        };
        row("SMS in", 64, &load.drive(), Some(&ceiling));
    }

    pub fn finish(&self, inventory: &Inventory) {
        if self.skips("FINISH") {
            return;
        }
        let server = self.server(inventory);
        let count = rented(&server, 30_000).len() as u64;
        let ceiling = self.ceiling(&server, &get_number(&[]), 64);
        let requests: Requests = Arc::new(move |turn| {
            let body = json!({ "action": "FINISH_ACTIVATION", "key": KEY, "activationId": turn + 1, "status": 3,
                               "service": "rent", "sum": 870 });
            post("/finishActivationRent", &body.to_string())
        });
        let load = Load {
            server: server.onlinesim,
            connections: 64,
            count,
            wanted: "SUCCESS",
            requests,
        };
        row("FINISH", 64, &load.drive(), Some(&ceiling));
    }
}

/// Rents so many numbers.
pub fn rented(server: &Server, count: u64) -> Vec<u64> {
    let requests = same(&post("/getNumberRent", &get_number(&[])));
    Load {
        server: server.onlinesim,
        connections: 64,
        count,
        wanted: "activationId",
        requests,
    }
    .drive()
    .numbers
}

pub fn count(connections: usize) -> u64 {
    (COUNT_PER_CONNECTION * connections as u64).min(COUNT_MAX)
}

pub fn get_number(prefixes: &[String]) -> String {
    let mut body = json!({ "action": "GET_NUMBER", "key": KEY, "service": "rent", "sum": 320 });
    if !prefixes.is_empty() {
        body["exceptionPhoneSet"] = Value::from(prefixes.to_vec());
    }
    body.to_string()
}

/// The same request again and again.
pub fn same(request: &[u8]) -> Requests {
    let request = request.to_vec();
    Arc::new(move |_| request.clone())
}

pub fn row(name: &str, connections: usize, measured: &Measured, ceiling: Option<&Measured>) {
    assert_eq!(measured.unexpected, 0, "{name}: unexpected answers");
    let ms = |span: Duration| format!("{:.2} ms", span.as_secs_f64() * 1e3);
    let (share, tail) = ceiling.map_or((String::new(), String::new()), |ceiling| {
        let share = measured.per_second / ceiling.per_second;
        let tail = measured.p99.as_secs_f64() / ceiling.p99.as_secs_f64();
        (format!("{share:.2}"), format!("{tail:.1}"))
    });
    let Measured {
        per_second, p50, p99, ..
    } = measured;
    println!(
        "| {name} | {connections} | {per_second:.0} | {} | {} | {share} | {tail} |",
        ms(*p50),
        ms(*p99)
    );
}
