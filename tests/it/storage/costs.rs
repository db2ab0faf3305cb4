//! Costs of bought numbers: booked once, never changed, and summed exactly.

use leaseline::domain::day::Day;
use leaseline::domain::ledger::sell;
use leaseline::domain::operation::Operation;
use leaseline::domain::purchase::cost::{CostAmount, CostEntry, CostKind};
use leaseline::domain::purchase::margin::{CostSum, IncomeSum, MarginBy, Period};
use leaseline::domain::purchase::order::{OrderTerms, OrderedNumbers};
use leaseline::domain::purchase::outcome::SuppliedNumber;
use leaseline::domain::purchase::price::NumberPrice;
use leaseline::domain::purchase::{LineId, SupplierName};
use leaseline::domain::time::Timestamp;
use leaseline::domain::wire_name::OperatorName;
use leaseline::storage::costs::{self, sums};
use leaseline::storage::order_lines::NewLine;
use leaseline::storage::{ledger, operations, order_lines, orders};

use super::store::{NOW, PRICE, Store, after, cancelled, kopecks, number, seconds};

/// A number that is ours since then.
pub(super) async fn owned(store: &Store, supplier: SupplierName, digits: &str, since: Timestamp) -> LineId {
    let price = NumberPrice {
        setup: "0".parse().unwrap(),
        monthly: "0.6".parse().unwrap(),
    };
    let operator = OperatorName::parse("other").unwrap();
    let terms = OrderTerms::new(supplier, OrderedNumbers::Random { quantity: 1 }, operator, price);
    let line = NewLine {
        price: Some(price),
        ..NewLine::ours(&SuppliedNumber::bare(number(digits)))
    };
    let mut tx = store.write().await;
    let order = orders::insert(&mut tx, &terms, since).await.unwrap();
    let lines = [line];
    let lines = order_lines::insert(&mut tx, order, &terms, &lines, since).await;
    let line = lines.unwrap()[0];
    tx.commit().await.unwrap();
    line
}

fn entry(line: LineId, kind: CostKind, millionths: i64, currency: &str, day: &str) -> CostEntry {
    CostEntry {
        line,
        kind,
        amount: CostAmount::from_i64(millionths),
        currency: currency.parse().unwrap(),
        day: day.parse().unwrap(),
    }
}

async fn book(store: &Store, entries: &[CostEntry]) {
    let mut tx = store.write().await;
    costs::book(&mut tx, entries, NOW);
    tx.commit().await.unwrap();
}

pub async fn an_entry_is_booked_once(store: Store) {
    let line = owned(&store, SupplierName::CarrierX, "46701", NOW).await;
    let month = entry(line, CostKind::Monthly, 600_000, "USD", "2026-11-20");
    let setup = CostEntry {
        kind: CostKind::Setup,
        ..month
    };
    let messaging = CostEntry {
        kind: CostKind::Messaging,
        ..month
    };
    let correction = entry(line, CostKind::Correction, -1, "USD", "2026-11-20");
    book(&store, &[month, setup, correction]).await;
    // Its SMS are set up on a day on which a month of them is due, too.
    for _ in 0..2 {
        book(&store, &[messaging]).await;
    }
    let other_amount = entry(line, CostKind::Monthly, 700_000, "USD", "2026-11-20");
    let next = entry(line, CostKind::Monthly, 700_000, "USD", "2026-12-20");
    book(&store, &[other_amount, next, setup, correction]).await;
    let stored = store.column("SELECT millionths FROM costs ORDER BY id").await;
    assert_eq!(stored, [600_000, 600_000, -1, 600_000, 700_000, -1]);
    let mut session = store.database.read().await.unwrap();
    let newest = costs::list(&mut session, None, 2).await.unwrap();
    assert_eq!(newest[0].entry, correction);
    assert_eq!((newest[1].entry, newest[1].number), (next, number("46701")));
    let older = costs::list(&mut session, Some(newest[1].id), 9).await.unwrap();
    assert_eq!(older.len(), 4);
}

pub async fn entries_are_neither_changed_nor_deleted_nor_replaced(store: Store) {
    let line = owned(&store, SupplierName::CarrierX, "46701", NOW).await;
    book(&store, &[entry(line, CostKind::Monthly, 600_000, "USD", "2026-11-20")]).await;
    let columns = "(id, order_line_id, kind, millionths, currency, day, booked_at)";
    let insert = |values: &str| format!("INSERT INTO costs {columns} VALUES ({values})");
    let replace = |values: &str| store.replace("costs", columns, values, "millionths");
    for statement in [
        "UPDATE costs SET millionths = 1".to_owned(),
        "DELETE FROM costs".to_owned(),
        replace("1, 1, 'setup', 1, 'USD', '2026-11-20', 1"),
        replace("2, 1, 'monthly', 1, 'USD', '2026-11-20', 1"),
        insert("9, 1, 'monthly', 1, 'USD', '2026-11-20', 1"),
        insert("9, 1, 'setup', -1, 'USD', '2026-11-20', 1"),
        insert("9, 1, 'setup', 1, 'US', '2026-11-20', 1"),
        insert("9, 1, 'setup', 1, 'USD', '2026-11', 1"),
        insert("9, 1, 'other', 1, 'USD', '2026-11-20', 1"),
        insert("9, 2, 'setup', 1, 'USD', '2026-11-20', 1"),
    ] {
        assert!(store.sql(&statement).await.is_err(), "{statement}");
    }
    assert_eq!(store.column("SELECT millionths FROM costs").await, [600_000]);
}

pub async fn lines_are_looked_at_in_batches_until_they_are_given_back(store: Store) {
    let mut lines = Vec::new();
    for digits in ["46701", "46702", "46703"] {
        lines.push(owned(&store, SupplierName::CarrierX, digits, NOW).await);
    }
    book(
        &store,
        &[
            entry(lines[0], CostKind::Monthly, 600_000, "EUR", "2026-11-20"),
            entry(lines[0], CostKind::Monthly, 600_000, "USD", "2026-12-20"),
            entry(lines[0], CostKind::Messaging, 600_000, "RUB", "2026-12-21"),
        ],
    )
    .await;
    // The purchase of the first one stated where its SMS are to go: they are not set up yet.
    store
        .sql("UPDATE order_lines SET sms_url_hash = zeroblob(32) WHERE id = 1")
        .await
        .unwrap();
    let given_back = "UPDATE order_lines SET state = 'unproven' WHERE id = 2;
                      UPDATE order_lines SET state = 'giving_back', kept_state = 'unproven', kept_enabled = 1 WHERE id = 2;
                      UPDATE order_lines SET state = 'given_back', is_ours = 0, due_at = NULL, state_since = 5 WHERE id = 2";
    store.sql(given_back).await.unwrap();
    let mut session = store.database.read().await.unwrap();
    let since = Timestamp::from_ms;
    let first = costs::renewed_lines(&mut session, None, since(5), 2).await.unwrap();
    let ids: Vec<LineId> = first.iter().map(|line| line.id).collect();
    assert_eq!(ids, lines[..2]);
    let last: (Day, _) = ("2026-12-20".parse().unwrap(), "USD".parse().unwrap());
    assert_eq!((first[0].last, first[0].given_back_at), (Some(last), None));
    assert_eq!((first[0].is_wired, first[1].is_wired), (false, true));
    assert_eq!((first[1].last, first[1].given_back_at), (None, Some(since(5))));
    let rest = costs::renewed_lines(&mut session, Some(lines[0]), since(6), 2)
        .await
        .unwrap();
    assert_eq!(rest.iter().map(|line| line.id).collect::<Vec<_>>(), [lines[2]]);
}

fn cost(key: &str, currency: &str, millionths: i64) -> CostSum {
    CostSum {
        key: key.to_owned(),
        currency: currency.parse().unwrap(),
        amount: CostAmount::from_i64(millionths),
    }
}

pub async fn costs_are_summed_by_number_supplier_and_month(store: Store) {
    let first = owned(&store, SupplierName::CarrierX, "46701", NOW).await;
    let second = owned(&store, SupplierName::Cm, "46702", NOW).await;
    book(
        &store,
        &[
            entry(first, CostKind::Monthly, 600_000, "USD", "2026-11-20"),
            entry(first, CostKind::Setup, 1, "USD", "2026-11-20"),
            entry(first, CostKind::Monthly, 600_000, "USD", "2026-12-20"),
            entry(first, CostKind::Correction, -100_000, "USD", "2026-12-31"),
            entry(second, CostKind::Monthly, 40_000_000, "RUB", "2026-11-30"),
            entry(second, CostKind::Messaging, 5_000_000, "EUR", "2026-12-01"),
        ],
    )
    .await;
    let mut session = store.database.read().await.unwrap();
    let numbers = [number("46701"), number("46702")];
    let all = Period::default();
    let by_number = sums::costs_of(&mut session, &numbers, &all).await.unwrap();
    assert_eq!(
        by_number,
        [
            cost("46701", "USD", 1_100_001),
            cost("46702", "EUR", 5_000_000),
            cost("46702", "RUB", 40_000_000),
        ]
    );
    let one = sums::costs_of(&mut session, &numbers[1..], &all).await.unwrap();
    assert_eq!(one, by_number[1..]);
    let by_supplier = sums::costs_by_supplier(&mut session, &all).await.unwrap();
    let amounts = |sums: &[CostSum]| sums.iter().map(|sum| sum.amount).collect::<Vec<_>>();
    assert_eq!(amounts(&by_supplier), amounts(&by_number));
    assert_eq!(by_supplier[0].key, "carrierx");
    let november = Period {
        from: "2026-11-20".parse().ok(),
        to: "2026-11-30".parse().ok(),
    };
    let by_month = sums::costs_by_month(&mut session, &november).await.unwrap();
    assert_eq!(
        by_month,
        [cost("2026-11", "RUB", 40_000_000), cost("2026-11", "USD", 600_001)]
    );
    let by_month = sums::costs_by_month(&mut session, &all).await.unwrap();
    assert_eq!(by_month.len(), 4);
}

/// The operation was sold for its price at that time.
async fn sell_at(store: &Store, operation: Operation, at: Timestamp) {
    let mut tx = store.write().await;
    operations::close(&mut tx, &[cancelled(operation)]);
    let sold = sell(kopecks(PRICE), kopecks(PRICE));
    let transfers: Vec<_> = sold.iter().map(|transfer| (operation.id, *transfer)).collect();
    ledger::append(&mut tx, &transfers, at);
    tx.commit().await.unwrap();
}

pub async fn income_is_that_of_the_time_in_which_a_number_was_ours(store: Store) {
    let pool = store.stock(1, None, &["46701", "46702", "46703"]).await;
    let day = seconds(86_400);
    // Rentals begin at NOW: before that purchase, after this one; the third number was never bought.
    owned(&store, SupplierName::Cm, "46701", after(seconds(1))).await;
    owned(&store, SupplierName::Cm, "46702", NOW).await;
    let given_back = "UPDATE order_lines SET state = 'refused', is_ours = 0, due_at = NULL WHERE id = 2";
    store.sql(given_back).await.unwrap();
    let again = owned(&store, SupplierName::CarrierX, "46702", NOW).await;
    for digits in ["46701", "46702", "46703"] {
        let operation = store.rent(pool, digits).await;
        sell_at(&store, operation, NOW + day).await;
        if digits == "46702" {
            let refund = leaseline::domain::ledger::reverse(kopecks(PRICE));
            let mut tx = store.write().await;
            ledger::append(&mut tx, &[(operation.id, refund)], NOW + day + day);
            tx.commit().await.unwrap();
        }
    }
    assert_eq!(again, LineId(3));
    let mut session = store.database.read().await.unwrap();
    let of_day = |at: Timestamp| Period {
        from: Some(Day::of(at)),
        to: Some(Day::of(at)),
    };
    let numbers = ["46701", "46702", "46703"].map(number);
    for (period, expected) in [
        (Period::default(), Some(0)),
        (of_day(NOW + day), Some(PRICE)),
        (of_day(NOW + day + day), Some(-PRICE)),
        (of_day(NOW), None),
    ] {
        let income = |key: String| -> Vec<IncomeSum> {
            let income = expected.map(leaseline::domain::purchase::margin::SignedKopecks::from_i64);
            income
                .into_iter()
                .map(|income| IncomeSum {
                    key: key.clone(),
                    income,
                })
                .collect()
        };
        let by_number = sums::incomes_of(&mut session, &numbers, &period).await.unwrap();
        assert_eq!(by_number, income("46702".to_owned()), "{period:?}");
        let bounds = sums::income_bounds(&mut session).await.unwrap().unwrap();
        assert_eq!(bounds.since, NOW);
        let all = (0, bounds.last);
        let by_supplier = sums::incomes_within(&mut session, MarginBy::Supplier, &period, all).await;
        let by_supplier = by_supplier.unwrap();
        assert_eq!(by_supplier, income("carrierx".to_owned()), "{period:?}");
        let again = sums::incomes_within(&mut session, MarginBy::Number, &period, all).await;
        assert_eq!(again.unwrap(), by_number);
        let by_month = sums::incomes_within(&mut session, MarginBy::Month, &period, all)
            .await
            .unwrap();
        if period != Period::default() {
            assert_eq!(by_month, income(Day::of(NOW).month()), "{period:?}");
        }
    }
    let bought = sums::bought_numbers(&mut session, "", 9).await.unwrap();
    assert_eq!(bought, numbers[..2]);
    assert_eq!(
        sums::bought_numbers(&mut session, "46701", 9).await.unwrap(),
        numbers[1..2]
    );
    let owned = sums::owned_numbers(&mut session, "", 1).await.unwrap();
    assert_eq!((owned[0].number, owned[0].supplier), (numbers[0], SupplierName::Cm));
}
