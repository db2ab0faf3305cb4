//! What bought numbers cost and earn.

use serde_json::{Value, json};

use super::AdminServer;
use crate::clock::parse_rfc3339;
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::cost::{CostAmount, CostEntry, CostKind, of_purchase};
use crate::domain::purchase::order::{OrderTerms, OrderedNumbers};
use crate::domain::purchase::outcome::SuppliedNumber;
use crate::domain::purchase::price::{Currency, NumberPrice};
use crate::domain::purchase::{LineId, SupplierName};
use crate::domain::wire_name::OperatorName;
use crate::storage::order_lines::NewLine;
use crate::storage::{costs, order_lines, orders};
use crate::worker::Worker as _;

const FIRST: &str = "46701234501";
const SECOND: &str = "46701234502";

pub(super) fn price(setup: &str, monthly: &str) -> NumberPrice {
    NumberPrice {
        setup: setup.parse().unwrap(),
        monthly: monthly.parse().unwrap(),
    }
}

impl AdminServer {
    /// Two numbers in stock.
    async fn with_stock() -> Self {
        let server = Self::new().await;
        server.gateway("bank1").await;
        let rows = format!("number,gateway\n{FIRST},bank1\n{SECOND},bank1\n");
        assert_eq!(server.import(&rows).await, [2, 0, 0, 0]);
        server
    }

    /// That number was bought now: its line.
    pub(super) async fn buy(&self, supplier: SupplierName, number: &str, price: NumberPrice, currency: &str) -> LineId {
        let number: PhoneNumber = number.parse().unwrap();
        let now = self.app.flows.now();
        let operator = OperatorName::parse("other").unwrap();
        let terms = OrderTerms::new(supplier, OrderedNumbers::Random { quantity: 1 }, operator, price);
        let line = NewLine {
            price: Some(price),
            ..NewLine::ours(&SuppliedNumber::bare(number))
        };
        let mut tx = self.app.database.write().await.unwrap();
        let order = orders::insert(&mut tx, &terms, now).await.unwrap();
        let line = order_lines::insert(&mut tx, order, &terms, &[line], now).await.unwrap()[0];
        let bought = order_lines::load(&mut tx, line).await.unwrap().unwrap();
        costs::book(&mut tx, &of_purchase(&bought, currency.parse().unwrap(), now), now);
        tx.commit().await.unwrap();
        line
    }

    async fn correct(&self, line: LineId, millionths: i64, currency: Currency) {
        let now = self.app.flows.now();
        let entry = CostEntry {
            line,
            kind: CostKind::Correction,
            amount: CostAmount::from_i64(millionths),
            currency,
            day: crate::domain::day::Day::of(now),
        };
        let mut tx = self.app.database.write().await.unwrap();
        costs::book(&mut tx, &[entry], now);
        tx.commit().await.unwrap();
    }

    fn set_time(&self, to: &str) {
        self.clock.set(parse_rfc3339(to).unwrap());
    }

    async fn items(&self, path: &str) -> Value {
        self.get(path).await.expect(200)["items"].clone()
    }
}

fn usd(amount: &str) -> Value {
    json!([{"currency": "USD", "amount": amount, "rub": null}])
}

#[tokio::test]
async fn costs_are_listed_the_newest_first() {
    let server = AdminServer::with_stock().await;
    assert_eq!(server.items("/v1/costs").await, json!([]));
    let line = server
        .buy(SupplierName::CarrierX, FIRST, price("0.5", "0.6"), "USD")
        .await;
    let currency = "USD".parse().unwrap();
    server.correct(line, -100_000, currency).await;
    let expected = |id: i64, kind: &str, amount: &str| {
        json!({"id": id, "line": line.0, "number": FIRST, "supplier": "carrierx", "kind": kind, "amount": amount,
               "currency": "USD", "booked_at": "2026-11-20T22:00:00.000Z"})
    };
    let all = [
        expected(3, "correction", "-0.10"),
        expected(2, "monthly", "0.60"),
        expected(1, "setup", "0.50"),
    ];
    for limit in [1, 2, 3, 4] {
        assert_eq!(server.pages("/v1/costs", "", limit).await, all);
    }
    server.audit().await;
}

#[tokio::test]
async fn a_month_is_booked_on_its_day_once() {
    let server = AdminServer::with_stock().await;
    server.set_time("2027-01-31T23:59:59Z");
    server
        .buy(SupplierName::CarrierX, FIRST, price("0", "0.6"), "USD")
        .await;
    let (pass, booked) = (
        async || server.app.renewals.pass().await.unwrap().unwrap(),
        async || server.items("/v1/costs").await.as_array().unwrap().len(),
    );
    assert_eq!(pass().await.as_secs(), 1, "it runs at midnight");
    server.set_time("2027-02-27T23:30:00Z");
    assert_eq!((pass().await.as_secs(), booked().await), (1_800, 1));
    server.set_time("2027-02-28T00:00:00Z");
    assert_eq!((pass().await.as_secs(), booked().await), (3_600, 2));
    pass().await;
    assert_eq!(booked().await, 2);
    // After a standstill all months are booked, in the months that they are for.
    server.set_time("2027-05-01T12:00:00Z");
    pass().await;
    let by_month = server.items("/v1/margin?by=month").await;
    let month = |month: &str| json!({"key": month, "income": "0.00", "costs": usd("0.60"), "margin": null});
    let months = ["2027-01", "2027-02", "2027-03", "2027-04"].map(month);
    assert_eq!(by_month, json!(months));
    server.audit().await;
}

#[tokio::test]
async fn margins_are_exact_by_number_supplier_and_month() {
    let server = AdminServer::with_stock().await;
    // What was earned before a number was bought is not income of the purchase.
    let (before, _) = server.rent("sweden").await;
    server.clock.advance(std::time::Duration::from_secs(60));
    server.finish(before, "sold").await;
    server
        .buy(SupplierName::CarrierX, FIRST, price("0.5", "0.6"), "USD")
        .await;
    server.buy(SupplierName::Cm, SECOND, price("0", "40"), "RUB").await;
    server.set_time("2026-12-20T00:00:00Z");
    server.app.renewals.pass().await.unwrap();
    let mut sold = Vec::new();
    for _ in 0..2 {
        sold.push(server.rent("sweden").await);
    }
    for (id, _) in &sold {
        server.finish(*id, "sold").await;
    }
    let first = json!({"income": "870.50", "costs": usd("1.70"), "margin": null});
    let rub = |amount: &str| json!([{"currency": "RUB", "amount": amount, "rub": amount}]);
    let second = json!({"income": "870.50", "costs": rub("80.00"), "margin": "790.50"});
    let with = |key: &str, item: &Value| {
        let mut item = item.clone();
        item["key"] = json!(key);
        item
    };
    let by_number = [with(FIRST, &first), with(SECOND, &second)];
    assert_eq!(server.items("/v1/margin?by=number").await, json!(by_number));
    for limit in [1, 2] {
        assert_eq!(server.pages("/v1/margin", "by=number", limit).await, by_number);
        let by_supplier = [with("carrierx", &first), with("cm", &second)];
        assert_eq!(server.pages("/v1/margin", "by=supplier", limit).await, by_supplier);
    }
    let december = "by=number&from=2026-12-01&to=2026-12-31";
    let expected = [
        json!({"key": FIRST, "income": "870.50", "costs": usd("0.60"), "margin": null}),
        json!({"key": SECOND, "income": "870.50", "costs": rub("40.00"), "margin": "830.50"}),
    ];
    assert_eq!(server.pages("/v1/margin", december, 9).await, expected);
    let by_month = server.items("/v1/margin?by=month&from=2026-11-20&to=2026-12-19").await;
    let costs = json!([{"currency": "RUB", "amount": "40.00", "rub": "40.00"},
                       {"currency": "USD", "amount": "1.10", "rub": null}]);
    let november = json!({"key": "2026-11", "income": "0.00", "costs": costs, "margin": null});
    assert_eq!(by_month, json!([november]));
    server.audit().await;
}

#[tokio::test]
async fn numbers_that_cost_more_than_they_earned_are_idle() {
    let server = AdminServer::with_stock().await;
    server.buy(SupplierName::Cm, FIRST, price("0", "400"), "RUB").await;
    server
        .buy(SupplierName::CarrierX, SECOND, price("0", "0.6"), "USD")
        .await;
    let idle = json!({"number": FIRST, "supplier": "cm", "owned_since": "2026-11-20T22:00:00.000Z", "income": "0.00",
                      "costs": [{"currency": "RUB", "amount": "400.00", "rub": "400.00"}], "margin": "-400.00"});
    let all = server.items("/v1/idle").await;
    assert_eq!((&all[0], &all[1]["number"]), (&idle, &json!(SECOND)));
    assert_eq!(server.pages("/v1/idle", "days=30", 1).await, *all.as_array().unwrap());
    // One sale of 870.50 each pays a month, but not three; what a sum in dollars is worth nobody knows.
    for _ in 0..2 {
        let (id, _) = server.rent("sweden").await;
        server.finish(id, "sold").await;
    }
    assert_eq!(server.items("/v1/idle").await, json!([]));
    server.set_time("2027-01-20T22:00:00Z");
    server.app.renewals.pass().await.unwrap();
    let margins: Vec<Value> = server.pages("/v1/idle", "days=90", 10).await;
    assert_eq!((margins.len(), &margins[0]["margin"]), (1, &json!("-329.50")));
    // Within the last month nothing was earned.
    assert_eq!(server.items("/v1/idle").await.as_array().unwrap().len(), 2);
    server.audit().await;
}

#[tokio::test]
async fn bad_parameters_are_named() {
    let server = AdminServer::with_stock().await;
    for (path, field) in [
        ("/v1/costs?limit=0", "limit "),
        ("/v1/costs?cursor=zz", "cursor "),
        ("/v1/costs?kind=setup", "kind "),
        ("/v1/margin", "by is missing"),
        ("/v1/margin?by=day", "by must be number, supplier or month"),
        ("/v1/margin?by=month&from=2026-02-29", "from must be a day"),
        ("/v1/margin?by=month&to=yesterday", "to must be a day"),
        (
            "/v1/margin?by=month&from=2026-12-02&to=2026-12-01",
            "to must not be before from",
        ),
        ("/v1/margin?by=month&by=number", "by is not a parameter"),
        ("/v1/idle?days=0", "days must be an integer from 1 to 3650"),
        ("/v1/idle?days=3651", "days must be"),
        ("/v1/idle?day=3", "day is not"),
    ] {
        let detail = server.get(path).await.problem(400);
        assert!(detail.starts_with(field), "{path}: {detail}");
    }
    server.audit().await;
}
