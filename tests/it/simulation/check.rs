//! Holds the server to the record.

use std::collections::BTreeMap;

use axum::http::Method;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::Simulation;
use super::record::{DECLINED_MAX, Money};
use super::renters::{TROUBLES_MAX, roubles};
use crate::support::admin::named;
use crate::support::{Reply, minutes};

impl Simulation {
    /// Rules 1 and 3: the number may be issued, for that request, now.
    pub fn check_issued(&self, number: u64, country: Option<&str>, operator: Option<&str>, prefixes: &[String]) {
        let own = self.numbers.get(&number).expect("rule 3: a number of ours");
        let now = self.server.clock.now().as_ms();
        assert!(!self.record.open.contains_key(&number), "rule 1: {number} is rented");
        assert!(own.enabled, "rule 3: {number} is disabled");
        assert!(
            country.is_none_or(|country| country == own.country),
            "rule 3: {country:?}"
        );
        assert!(
            operator.is_none_or(|operator| operator == own.operator),
            "rule 3: {operator:?}"
        );
        let digits = number.to_string();
        assert!(
            !prefixes.iter().any(|prefix| digits.starts_with(prefix)),
            "rule 3: {number}, {prefixes:?}"
        );
        let banned_until = self.record.banned.get(&number);
        assert!(
            banned_until.is_none_or(|until| *until <= now),
            "rules 3 and 9: {number} is banned"
        );
        assert!(self.record.has_rested(number, now), "rule 3: {number} rests");
        let station = &self.stations[own.station];
        let silence = station.alive_at.map(|at| now - at);
        let is_online = station
            .timeout
            .is_none_or(|timeout| silence.is_some_and(|silence| silence <= timeout));
        assert!(is_online, "rule 3: the gateway of {number} is offline");
    }

    /// Rules 7 and 8: what Onlinesim received since the last check.
    pub fn check_pushes(&mut self) {
        let pushes = self.server.onlinesim.pushes_from(self.pushes_checked);
        self.pushes_checked += pushes.len();
        for push in pushes {
            let text = push.text();
            let serial: usize = text.strip_prefix("message ").unwrap().parse().unwrap();
            let message = &self.record.messages[serial];
            assert_eq!(message.operation, push.body["smsId"].as_i64(), "rule 8: {text}");
            assert!(
                message.settled.is_none_or(|settled| settled == "parked"),
                "rule 7: {text} is pushed again"
            );
            let is_behind = message.declined >= DECLINED_MAX;
            let is_in_order = message.settled.is_none() && !is_behind;
            let id = message.operation.unwrap();
            if is_behind && self.record.operations[&id].outcome.is_none() {
                let operation = &self.record.operations[&id];
                assert!(self.record.may_try_those_behind(operation), "rule 7: {text} goes first");
                self.record.note("took its turn behind");
            }
            let operation = self.record.operations.get_mut(&id).unwrap();
            assert_eq!(push.body["phone"], operation.number.to_string(), "rule 8: {text}");
            if is_in_order {
                assert!(serial >= operation.pushed, "rule 7: {text} is pushed after a later one");
                let again = operation.pushed == serial && serial > 0;
                operation.pushed = serial;
                if again {
                    self.record.note("pushed again");
                }
            }
            let settled = match &push.reply {
                Reply::Answer { status: 200, body, .. } => match std::str::from_utf8(body).unwrap() {
                    r#"{"status":"SUCCESS"}"# => Some("SUCCESS"),
                    r#"{"status":"BAD_SERVICE"}"# => Some("BAD_SERVICE"),
                    _ => None,
                },
                _ => None,
            };
            let is_answer = matches!(push.reply, Reply::Answer { status: ..500, .. });
            self.record.messages[serial].declined += u64::from(is_answer && settled.is_none());
            if let Some(settled) = settled {
                self.record.messages[serial].settled = Some(settled);
                self.record
                    .note(if settled == "SUCCESS" { "delivered" } else { "refused" });
            }
        }
    }

    /// Rule 5: what the server closes by itself was silent for too long, or its answer was lost; and it does.
    pub async fn look_for_the_closed(&mut self) {
        let steady = self.server.clock.monotonic();
        let old = |id: &i64| steady - self.record.operations[id].opened;
        let may_be_closed = |id: &i64| self.record.operations[id].is_lost || old(id) >= minutes(21);
        let silent: Vec<i64> = self
            .record
            .open
            .values()
            .copied()
            .filter(|id| may_be_closed(id))
            .collect();
        let is_doubtful = |id: &i64| self.record.operations[id].is_lost || !self.record.has_sms(*id);
        for id in silent.into_iter().filter(is_doubtful).collect::<Vec<_>>() {
            let fate = self.server.fate(id).await;
            let operation = &self.record.operations[&id];
            let age = steady - operation.opened;
            let now = self.server.clock.now().as_ms();
            match fate.as_str() {
                "undelivered" if operation.is_lost => self.record.close(id, now, "undelivered", None),
                "no_sms" if age >= minutes(21) => self.record.close(id, now, "no_sms", None),
                // Set clocks and starts give it a whole interval more, and a grace.
                "waiting" if age < minutes(55) => {}
                "receiving" if operation.is_lost => {}
                fate => panic!("rule 5: operation {id} is {fate} after {age:?}"),
            }
        }
    }

    /// Every ten minutes.
    pub async fn check(&mut self) {
        let open = self.check_open().await;
        self.check_numbers(&open).await;
        self.check_balance().await;
        self.server.audit_services().await;
        self.server.audit_pools().await;
    }

    /// Rules 1 and 5: what is open is what was opened and not closed; rule 3: no gateway carries more than it can.
    async fn check_open(&self) -> BTreeMap<u64, i64> {
        let listed = self.server.open_operations().await;
        let face = |one: &Value| {
            (
                one["number"].as_str().unwrap().parse().unwrap(),
                one["id"].as_i64().unwrap(),
            )
        };
        let open: BTreeMap<u64, i64> = listed.iter().map(face).collect();
        assert_eq!(open.len(), listed.len(), "rule 1");
        assert_eq!(open, self.record.open, "rule 5: open operations");
        for (place, station) in self.stations.iter().enumerate() {
            let carried = open
                .keys()
                .filter(|number| self.numbers[number].station == place)
                .count();
            assert!(
                station.capacity.is_none_or(|capacity| carried <= capacity),
                "rule 3: {carried} on {place}"
            );
        }
        open
    }

    /// Rule 9, and what the listing shows of each number.
    async fn check_numbers(&mut self, open: &BTreeMap<u64, i64>) {
        let now = self.server.clock.now().as_ms();
        for one in self.server.admin_list("/v1/numbers?limit=1000").await {
            let number: u64 = one["number"].as_str().unwrap().parse().unwrap();
            let is_banned = !one["banned_until"].is_null();
            match self.record.banned.get(&number) {
                Some(until) if !is_banned => {
                    assert!(*until <= now, "rule 9: the ban of {number} ended too early");
                    self.record.lift(number);
                }
                known => assert_eq!(is_banned, known.is_some(), "rule 9: {one}"),
            }
            let strikes = self.record.strikes.get(&number).copied().unwrap_or(0);
            assert_eq!(one["strikes"], strikes, "rule 9: {one}");
            assert_eq!(one["operation"].as_i64(), open.get(&number).copied(), "rule 1: {one}");
        }
    }

    /// Rule 6.
    async fn check_balance(&self) {
        let Money {
            expected,
            posted,
            reversed,
            voided,
        } = self.record.money;
        let sums = [
            ("expected", expected),
            ("posted", posted),
            ("reversed", reversed),
            ("voided", voided),
        ];
        let sums = sums.map(|(name, kopecks)| (name.to_owned(), roubles(kopecks)));
        assert_eq!(self.server.balance().await, named(sums), "rule 6");
    }

    /// Rule 4: what is promised can be rented, all of it at once, and not one more.
    pub async fn honour(&mut self) {
        let promised = self.server.promised().await;
        let mut rented = Vec::new();
        for _ in 0..promised {
            rented.push(self.server.get_number().await.expect("rule 4: what was promised"));
        }
        assert_eq!(self.server.get_number().await, None, "rule 4");
        for one in &rented {
            self.check_issued(one.number, None, None, &[]);
        }
        join_all(rented.iter().map(|one| self.server.finish(one.id, 4, "0"))).await;
        let now = self.server.clock.now().as_ms();
        rented.iter().for_each(|one| self.record.frees(one.number, now));
        let price = crate::support::test_server::SUM * 100;
        self.record.money.voided += price * i64::try_from(rented.len()).unwrap();
        self.record.note("honoured");
        self.check_balance().await;
    }

    /// The admin sends again what was given up, because its operation was closed while Onlinesim did not answer; and once
    /// more, where Onlinesim still has something against it.
    pub async fn resend_parked(&mut self) {
        for _ in 0..=TROUBLES_MAX {
            for parked in self.server.messages("parked").await {
                let text = parked["text"].as_str().unwrap();
                let serial: usize = text.strip_prefix("message ").unwrap().parse().unwrap();
                self.record.messages[serial].settled = Some("parked");
                let path = format!("/v1/messages/{}/resend", parked["id"]);
                self.server.admin(Method::POST, &path, Some(json!({}))).await.ok();
                self.record.note("resent");
            }
            while !self.server.messages("due").await.is_empty() {
                self.server.tick_after(minutes(1)).await;
            }
        }
    }

    /// Rules 7 and 8: each message is there once, with its operation, and delivered or refused, if it is anybody's.
    pub async fn check_messages(&self) {
        let mut listed = self.server.admin_list("/v1/messages?limit=1000").await;
        assert_eq!(listed.len(), self.record.messages.len(), "rule 7");
        listed.sort_by_key(|one| {
            one["text"].as_str().unwrap()["message ".len()..]
                .parse::<usize>()
                .unwrap()
        });
        for (one, message) in listed.iter().zip(&self.record.messages) {
            assert_eq!(one["operation"].as_i64(), message.operation, "rule 8: {one}");
            let state = message.operation.map(|_| match message.settled {
                Some("SUCCESS") => "delivered",
                Some("BAD_SERVICE") => "refused",
                other => panic!("rule 7: {other:?} {one}"),
            });
            assert_eq!(one["delivery"]["state"].as_str(), state, "rule 7: {one}");
        }
    }
}
