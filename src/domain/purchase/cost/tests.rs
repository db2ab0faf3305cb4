use strum::IntoEnumIterator as _;

use super::correction::{BookedCosts, price_line};
use super::*;
use crate::domain::purchase::OrderId;
use crate::domain::purchase::price::NumberPrice;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

fn usd() -> Currency {
    "USD".parse().unwrap()
}

fn price(setup: &str, monthly: &str) -> NumberPrice {
    NumberPrice {
        setup: setup.parse().unwrap(),
        monthly: monthly.parse().unwrap(),
    }
}

fn line(price: Option<NumberPrice>, highest: NumberPrice) -> OrderLine {
    let since = day("2026-11-20").start();
    OrderLine {
        price,
        is_ours: true,
        call_line: Some(LineId(31)),
        owned_since: Some(since),
        ..OrderLine::planned(LineId(31), OrderId(7), SupplierName::CarrierX, highest, since)
    }
}

fn booked(entries: &[CostEntry]) -> Vec<String> {
    let entry = |entry: &CostEntry| format!("{} {} {} {}", entry.day, entry.kind, entry.amount, entry.currency);
    entries.iter().map(entry).collect()
}

#[test]
fn a_purchase_costs_its_setup_and_a_month_on_its_day() {
    let now = day("2026-11-21").start();
    let highest = price("2", "1");
    for (known, expected) in [
        (
            Some(price("0.5", "0.60")),
            &["2026-11-20 setup 0.50 USD", "2026-11-20 monthly 0.60 USD"][..],
        ),
        (None, &["2026-11-20 setup 2.00 USD", "2026-11-20 monthly 1.00 USD"]),
        (Some(price("0", "0.006")), &["2026-11-20 monthly 0.006 USD"]),
        // A free month is an entry, too: it shows that it was looked at.
        (Some(price("0", "0")), &["2026-11-20 monthly 0.00 USD"]),
    ] {
        assert_eq!(booked(&of_purchase(&line(known, highest), usd(), now)), expected);
    }
}

#[test]
fn a_price_that_becomes_known_corrects_what_was_booked_at_the_highest() {
    let now = day("2027-01-05").start();
    let highest = price("2", "1");
    let costs = |months, amount: &str, currency: &str| BookedCosts {
        line: LineId(31),
        currency: currency.parse().unwrap(),
        months,
        amount: amount.parse::<Millionths>().unwrap().into(),
    };
    let bought = || line(None, highest);
    let adopted = || OrderLine {
        call_line: None,
        ..bought()
    };
    for (line, known, costs, corrected) in [
        (bought(), price("0.5", "0.60"), costs(2, "4", "USD"), Some("-2.30")),
        (bought(), price("2", "1"), costs(2, "4", "USD"), None),
        (bought(), price("2", "1.10"), costs(2, "4", "USD"), Some("0.20")),
        (adopted(), price("0.5", "0.60"), costs(1, "0", "USD"), Some("0.60")),
    ] {
        let is_dear = line.call_line.is_some() && known.monthly > highest.monthly;
        let priced = price_line(line, known, &[costs], usd(), now).unwrap();
        assert_eq!(priced.line.deviation.is_some(), is_dear, "{known:?}");
        assert_eq!(priced.line.price.map(|price| price.monthly), Some(known.monthly));
        let expected = corrected.map(|amount| format!("2027-01-05 correction {amount} USD"));
        assert_eq!(booked(priced.correction.as_slice()), Vec::from_iter(expected));
        assert_eq!(price_line(priced.line, highest, &[costs], usd(), now), None, "once");
    }
    let euros = costs(1, "3", "EUR");
    assert_eq!(price_line(bought(), highest, &[euros], usd(), now), None);
    assert_eq!(
        price_line(bought(), highest, &[euros, costs(1, "3", "USD")], usd(), now),
        None
    );
    let not_ours = OrderLine {
        is_ours: false,
        ..bought()
    };
    assert_eq!(price_line(not_ours, highest, &[costs(1, "3", "USD")], usd(), now), None);
}

fn owned(since: &str, last: Option<&str>, given_back_on: Option<&str>) -> RenewedLine {
    RenewedLine {
        id: LineId(31),
        supplier: SupplierName::CarrierX,
        owned_since: Timestamp::from_ms(day(since).start().as_ms() + 3_600_000),
        given_back_at: given_back_on.map(|on| Timestamp::from_ms(day(on).start().as_ms() + 60_000)),
        monthly: "0.6".parse().unwrap(),
        is_wired: false,
        last: last.map(|last| (day(last), usd())),
    }
}

fn due(line: &RenewedLine, today: &str) -> Vec<String> {
    let renewals = renewals(line, None, day(today).start());
    renewals.iter().map(|entry| entry.day.to_string()).collect()
}

#[test]
fn a_month_is_due_on_the_day_of_the_purchase_or_the_last_of_the_month() {
    let line = owned("2026-01-31", Some("2026-01-31"), None);
    assert!(due(&line, "2026-02-27").is_empty());
    assert_eq!(due(&line, "2026-02-28"), ["2026-02-28"]);
    // After a standstill all of them.
    assert_eq!(due(&line, "2026-05-01"), ["2026-02-28", "2026-03-31", "2026-04-30"]);
    assert_eq!(
        due(&owned("2026-01-31", Some("2026-02-28"), None), "2026-03-31"),
        ["2026-03-31"]
    );
    assert!(due(&owned("2026-01-31", Some("2026-03-31"), None), "2026-03-31").is_empty());
}

/// CarrierX charges USD 0.03 a month for SMS (documented).
#[test]
fn the_sms_of_a_number_cost_something_each_month_where_that_is_charged() {
    let wired = |supplier| RenewedLine {
        supplier,
        is_wired: true,
        ..owned("2026-11-20", Some("2026-11-20"), None)
    };
    let entries = |supplier| booked(&renewals(&wired(supplier), None, day("2026-12-20").start()));
    assert_eq!(
        entries(SupplierName::CarrierX),
        ["2026-12-20 monthly 0.60 USD", "2026-12-20 messaging 0.03 USD"]
    );
    assert_eq!(entries(SupplierName::Multitel), ["2026-12-20 monthly 0.60 USD"]);
}

#[test]
fn nothing_is_due_after_a_number_was_given_back() {
    let line = owned("2026-01-05", Some("2026-01-05"), Some("2026-03-04"));
    assert_eq!(due(&line, "2026-06-01"), ["2026-02-05"]);
    // On the day itself the month had begun.
    let line = owned("2026-01-05", Some("2026-02-05"), Some("2026-03-05"));
    assert_eq!(due(&line, "2026-06-01"), ["2026-03-05"]);
}

#[test]
fn a_line_without_a_booked_month_begins_with_the_first_one() {
    let line = owned("2026-11-20", None, None);
    assert!(due(&line, "2026-11-20").is_empty(), "the currency is not known");
    let entries = renewals(&line, Some(usd()), day("2026-12-20").start());
    assert_eq!(
        booked(&entries),
        ["2026-11-20 monthly 0.60 USD", "2026-12-20 monthly 0.60 USD"]
    );
    let old = owned("1970-01-01", None, None);
    let first = renewals(&old, Some(usd()), day("2026-12-20").start());
    assert_eq!(first.len(), MONTHS_MAX);
}

#[test]
fn amounts_are_signed_and_exact() {
    for (millionths, text) in [
        (0, "0.00"),
        (600_000, "0.60"),
        (-1, "-0.000001"),
        (-12_300_000, "-12.30"),
    ] {
        assert_eq!(CostAmount::from_i64(millionths).to_string(), text);
    }
    assert_eq!(CostAmount::from_i64(i64::MIN).absolute().as_i64(), i64::MAX);
    let sum = CostAmount::from(Millionths::from_i64(5).unwrap()) + CostAmount::from_i64(-7);
    assert_eq!(sum, CostAmount::from_i64(-2));
}

#[test]
fn kinds_have_their_names() {
    let names: Vec<String> = CostKind::iter().map(|kind| kind.to_string()).collect();
    assert_eq!(names, ["setup", "monthly", "messaging", "correction"]);
}
