//! What must not grow: the rows are measured after few operations and after many, and what an admin looks at is measured
//! where there is much to look at.

use std::fmt::Display;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::load::{Load, Requests, get, post};
use super::past::{closed, lines, many_messages, messages, open};
use super::rows::{get_number, row, same};
use super::server::Server;
use super::{Bench, Inventory, KEY, WARM_UP};
use serde_json::json;

/// Closed operations before a row.
const PASTS: [u64; 2] = [10_000, 1_000_000];
/// Requests of a row.
const COUNT: u64 = 30_000;
/// Lines of the ledger when the balance is asked for.
const LINES: u64 = 10_000_000;
/// Open operations when lists are asked for; with a long past before them.
const OPEN: u64 = 200_000;
/// SMS of one rental.
const SMS_OF_ONE: u64 = 200_000;
/// Pages of a list.
const PAGES: u64 = 200;
/// Messages that are forgotten next to GET_NUMBER.
const OLD: u64 = 50_000;

/// The lists of the admin, each with what its answer holds.
const LISTS: [(&str, &str); 12] = [
    ("/v1/operations", "items"),
    ("/v1/operations?state=open", "items"),
    ("/v1/operations?state=closed", "items"),
    ("/v1/operations?discrepancy=true", "items"),
    ("/v1/numbers", "items"),
    ("/v1/numbers?state=available", "items"),
    ("/v1/numbers?state=available&operator=tele2", "items"),
    ("/v1/numbers?state=rented", "items"),
    ("/v1/numbers?state=banned", "items"),
    ("/v1/gateways", "items"),
    ("/v1/messages", "items"),
    ("/v1/ledger", "items"),
];

impl Bench {
    /// All rows of this file.
    pub fn growth(&self, large: &Inventory) {
        for past in PASTS {
            self.rent_and_finish_after(large, past);
        }
        for messages in [1, SMS_OF_ONE] {
            self.sms_of_one_rental(large, messages);
        }
        self.balance(large);
        self.lists(large);
        self.retention(large);
    }

    /// GET_NUMBER and FINISH after so many closed operations.
    fn rent_and_finish_after(&self, inventory: &Inventory, past: u64) {
        let name = |what: &str| format!("{what} after {past} operations");
        if self.skips(&name("GET_NUMBER")) && self.skips(&name("FINISH")) {
            return;
        }
        let copy = self.copy(inventory);
        closed(&copy, past);
        let server = Server::start(&copy, &self.push_url);
        until_folded(&server);
        let rent = onlinesim_load(
            &server,
            COUNT,
            "activationId",
            same(&post("/getNumberRent", &get_number(&[]))),
        );
        row(&name("GET_NUMBER"), 64, &rent.drive(), None);
        let finish: Requests = Arc::new(move |turn| {
            let id = past + turn + 1;
            let body = json!({ "action": "FINISH_ACTIVATION", "key": KEY, "activationId": id, "status": 3,
                               "service": "rent", "sum": 870 });
            post("/finishActivationRent", &body.to_string())
        });
        row(
            &name("FINISH"),
            64,
            &onlinesim_load(&server, COUNT, "SUCCESS", finish).drive(),
            None,
        );
    }

    /// SMS for a rental that has so many already.
    fn sms_of_one_rental(&self, inventory: &Inventory, messages: u64) {
        let name = format!("SMS in for one rental after {messages} SMS");
        if self.skips(&name) {
            return;
        }
        let copy = self.copy(inventory);
        let number = many_messages(&copy, messages);
        let unbounded = [("LEASELINE_GATEWAY__SMS_PER_NUMBER_MAX", "1000000")];
        let server = Server::start_with(&copy, &self.push_url, &unbounded);
        let path = format!("/in/{}", inventory.token);
        let requests: Requests = Arc::new(move |turn| {
            let sms = json!({ "id": turn.to_string(), "from": "VK", "to": number, "text": "Code 4821" });
            post(&path, &sms.to_string())
        });
        row(
            &name,
            64,
            &onlinesim_load(&server, COUNT, "200 OK", requests).drive(),
            None,
        );
    }

    /// The balance of many lines, and GET_SERVICES next to six who ask for it again and again.
    fn balance(&self, inventory: &Inventory) {
        let name = format!("GET /v1/balance, {LINES} lines");
        if self.skips(&name) {
            return;
        }
        let copy = self.copy(inventory);
        lines(&copy, LINES);
        let started = Instant::now();
        let server = Server::start(&copy, &self.push_url);
        until_folded(&server);
        println!(
            "{LINES} lines are folded after {:.1} s",
            started.elapsed().as_secs_f64()
        );
        row(
            &name,
            1,
            &admin_load(&server, 1, 500, "/v1/balance", "expected").drive(),
            None,
        );
        let six = admin_load(&server, 6, 20_000, "/v1/balance", "expected").start();
        let body = json!({ "action": "GET_SERVICES", "key": KEY }).to_string();
        let mut services = onlinesim_load(&server, 500, "countryList", same(&post("/getServicesRent", &body)));
        services.connections = 1;
        row(
            "GET_SERVICES beside 6 who ask for the balance",
            1,
            &services.drive(),
            None,
        );
        assert_eq!(six.join().unwrap().unexpected, 0);
    }

    /// The first page of each list.
    fn lists(&self, inventory: &Inventory) {
        let name = |path: &dyn Display| format!("GET {path}, {OPEN} open operations");
        if LISTS.iter().all(|(path, _)| self.skips(&name(path))) {
            return;
        }
        let copy = self.copy(inventory);
        closed(&copy, PASTS[1]);
        open(&copy, OPEN);
        let server = Server::start(&copy, &self.push_url);
        for (path, word) in LISTS {
            if !self.skips(&name(&path)) {
                row(
                    &name(&path),
                    1,
                    &admin_load(&server, 1, PAGES, path, word).drive(),
                    None,
                );
            }
        }
    }

    /// GET_NUMBER alone, and next to the retention of old messages: what counts is the worst answer.
    fn retention(&self, inventory: &Inventory) {
        if self.skips("GET_NUMBER beside retention") {
            return;
        }
        for old in [0, OLD] {
            let copy = self.copy(inventory);
            closed(&copy, OLD);
            messages(&copy, old);
            let server = Server::start(&copy, &self.push_url);
            let mut rent = onlinesim_load(
                &server,
                6_000,
                "activationId",
                same(&post("/getNumberRent", &get_number(&[]))),
            );
            rent.connections = 4;
            // The first answers of a server read its pools and the file.
            let warm_up = Load {
                count: WARM_UP,
                ..rent.clone()
            };
            warm_up.drive();
            let what = if old == 0 { "without" } else { "beside" };
            let measured = rent.drive();
            row(
                &format!("GET_NUMBER {what} retention of {OLD} messages"),
                4,
                &measured,
                None,
            );
            println!("its worst answer: {:.1} ms", measured.worst.as_secs_f64() * 1e3);
        }
    }
}

/// Waits for the worker that folds the lines which were put in behind its back.
fn until_folded(server: &Server) {
    let asked = admin_load(server, 1, 1, "/v1/balance", "expected");
    while asked.drive().p50 > Duration::from_millis(20) {
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn onlinesim_load(server: &Server, count: u64, wanted: &'static str, requests: Requests) -> Load {
    Load {
        server: server.onlinesim,
        connections: 64,
        count,
        wanted,
        requests,
    }
}

fn admin_load(server: &Server, connections: usize, count: u64, path: &str, wanted: &'static str) -> Load {
    Load {
        server: server.admin,
        connections,
        count,
        wanted,
        requests: same(&get(path)),
    }
}
