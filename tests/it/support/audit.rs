//! The check at the end of every test: nothing is left to do, and the ledger and the counters are right.

use std::collections::BTreeMap;

use leaseline::domain::money::Kopecks;
use leaseline::storage::{archives, incomplete_messages, pools};
use rust_decimal::Decimal;
use serde_json::Value;

use super::test_server::TestServer;

impl TestServer {
    /// The end of a test: checks that nothing is due, runs [`TestServer::audit`], and stops the server.
    pub async fn close(self) {
        let mut session = self.app().database.read().await.unwrap();
        let (waiting, _) = incomplete_messages::times(&mut session).await.unwrap();
        assert_eq!(
            waiting, None,
            "work is still due: a concatenated SMS waits for its parts"
        );
        drop(session);
        let due = self.messages("due").await;
        assert!(due.is_empty(), "work is still due: {due:?}");
        self.audit_and_stop().await;
    }

    /// The same for a test that leaves pushes undone for a reason.
    pub async fn close_with_due_work(self, reason: &str) {
        assert!(!reason.is_empty());
        let due = self.messages("due").await;
        assert!(!due.is_empty(), "nothing is due, although: {reason}");
        self.audit_and_stop().await;
    }

    /// The end of a test that must not or cannot be audited.
    pub async fn close_unaudited(mut self, reason: &str) {
        assert!(!reason.is_empty());
        self.mark_closed();
        self.stop().await;
    }

    async fn audit_and_stop(mut self) {
        self.audit().await;
        self.mark_closed();
        self.stop().await;
    }

    /// Rules 3, 4 and 6 and the file, as they must always be; tests may ask in between, too.
    pub async fn audit(&self) {
        self.audit_ledger().await;
        self.audit_services().await;
        self.audit_pools().await;
        self.audit_file().await;
    }

    /// `leaseline check` finds no fault in the file.
    async fn audit_file(&self) {
        let report = self.app().database.check(None).await.unwrap();
        assert!(report.faults.is_empty(), "{:?}", report.faults);
    }

    /// Rules 3 and 4: the counters of pools are what is counted.
    pub async fn audit_pools(&self) {
        let mut session = self.app().database.read().await.unwrap();
        let miscounted = pools::out_of_sync(&mut session).await.unwrap();
        assert!(miscounted.is_empty(), "counters of pools are wrong: {miscounted:?}");
    }

    /// The sums of the lines that are in archives.
    async fn archived(&self) -> [(&'static str, Kopecks); 4] {
        let mut session = self.app().database.read().await.unwrap();
        let sums = archives::removed(&mut session).await.unwrap().sums;
        [
            ("reserve", sums.reserved),
            ("post", sums.posted),
            ("void", sums.voided),
            ("reverse", sums.reversed),
        ]
    }

    /// Rule 6: the ledger adds up to the balance, and the open operations to what is expected.
    async fn audit_ledger(&self) {
        let mut sums: BTreeMap<String, Decimal> = BTreeMap::new();
        for line in self.admin_list("/v1/ledger?limit=1000").await {
            let kind = line["kind"].as_str().expect("a word").to_owned();
            *sums.entry(kind).or_default() += decimal(&line["amount"]);
        }
        for (kind, amount) in self.archived().await {
            *sums.entry(kind.to_owned()).or_default() += amount.to_string().parse::<Decimal>().unwrap();
        }
        let sum = |kind: &str| sums.get(kind).copied().unwrap_or_default();
        let balance = self.admin_get("/v1/balance").await;
        for (kind, name) in [("post", "posted"), ("void", "voided"), ("reverse", "reversed")] {
            assert_eq!(decimal(&balance[name]), sum(kind), "{name} of {balance}");
        }
        let expected = decimal(&balance["expected"]);
        assert_eq!(
            sum("reserve"),
            sum("post") + sum("void") + expected,
            "rule 6: {balance} {sums:?}"
        );
        let open: Decimal = self
            .open_operations()
            .await
            .iter()
            .map(|one| decimal(&one["sum"]))
            .sum();
        assert_eq!(open, expected, "rule 6: what is expected is the sum of what is open");
    }

    /// Rule 4: GET_SERVICES promises the available numbers, and fewer where a gateway is offline or at its capacity.
    pub async fn audit_services(&self) {
        let gateways = self.admin_list("/v1/gateways").await;
        let is_enabled = |number: &Value| {
            gateways
                .iter()
                .any(|one| one["name"] == number["gateway"] && one["enabled"] == true)
        };
        let mut listed: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        let available = self.admin_list("/v1/numbers?state=available&limit=1000").await;
        for number in available.iter().filter(|number| is_enabled(number)) {
            let operators = listed
                .entry(number["country"].as_str().unwrap().to_owned())
                .or_default();
            for name in ["any", number["operator"].as_str().unwrap()] {
                *operators.entry(name.to_owned()).or_default() += 1;
            }
        }
        let promised = self.services().await;
        for (country, operators) in &promised {
            let any = operators["any"];
            let sum: u64 = operators.values().sum::<u64>() - any;
            assert_eq!(any, sum, "rule 4: the operators of {country} add up to any");
        }
        let bounded = |gateway: &Value| !gateway["capacity"].is_null() || !gateway["heartbeat_timeout"].is_null();
        if !gateways.iter().any(bounded) {
            assert_eq!(promised, listed, "rule 4");
            return;
        }
        for (country, operators) in &promised {
            for (operator, count) in operators {
                assert!(*count <= listed[country][operator], "rule 4: {promised:?} {listed:?}");
            }
        }
    }
}

/// A sum of money as the admin reads it: a string, never a float.
fn decimal(value: &Value) -> Decimal {
    let text = value
        .as_str()
        .unwrap_or_else(|| panic!("money is a decimal string: {value}"));
    text.parse().unwrap()
}
