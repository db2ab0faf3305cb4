use std::collections::BTreeMap;

use super::super::country::CountryNames;
use super::super::operation::OperationId;
use super::*;

fn row(number: &str, country: &str, operator: &str, gateway: &str) -> ImportRow {
    let own = str::to_owned;
    ImportRow {
        number: own(number),
        country: own(country),
        operator: own(operator),
        gateway: own(gateway),
        line: String::new(),
    }
}

fn number(digits: &str) -> PhoneNumber {
    digits.parse().unwrap()
}

#[test]
fn what_may_be_missing_is_filled_in() {
    let countries = CountryNames::new(&BTreeMap::new()).unwrap();
    let entry = row("+46 70 123 45 67", " ", "", " bank1 ")
        .parse(&countries)
        .ok()
        .unwrap();
    assert_eq!(entry.number, number("46701234567"));
    assert_eq!((entry.country.as_str(), entry.operator.as_str()), ("sweden", "other"));
    assert_eq!(entry.gateway.as_str(), "bank1");
    assert_eq!(entry.prefix_country, None);
    let entry = row("46701234567", "Norway", "Telia", "bank1")
        .parse(&countries)
        .ok()
        .unwrap();
    assert_eq!((entry.country.as_str(), entry.operator.as_str()), ("norway", "telia"));
    assert_eq!(entry.prefix_country.unwrap().as_str(), "sweden");
}

#[test]
fn a_rejection_names_the_field() {
    let countries = CountryNames::new(&BTreeMap::new()).unwrap();
    for (row, field) in [
        (row("", "", "", "bank1"), "number"),
        (row("call me", "", "", "bank1"), "number"),
        (row("46701234567", "any", "", "bank1"), "country"),
        (row("999701234567", "", "", "bank1"), "country"),
        (row("46701234567", "", "any", "bank1"), "operator"),
        (row("46701234567", "", "", " "), "gateway"),
        (row("46701234567", "", "", &"x".repeat(65)), "gateway"),
        (row("4.67E+10", "", "", "bank1"), "number: Excel"),
        (row("46701234567", "swedn", "", "bank1"), "country"),
    ] {
        let rejection = row.parse(&countries).err().unwrap().to_string();
        assert!(rejection.starts_with(field), "{field}: {rejection}");
    }
}

#[test]
fn a_row_sees_what_the_rows_before_it_did() {
    let mut intake = ImportPlan::new(Vec::new());
    let one = number("46701234567");
    assert_eq!(intake.put(one, PoolId(1)), Ok(RowEffect::Added));
    assert_eq!(intake.put(one, PoolId(1)), Ok(RowEffect::Unchanged));
    assert_eq!(intake.put(one, PoolId(2)), Ok(RowEffect::Updated));
    let placed = intake.into_changes();
    assert_eq!(placed.len(), 1);
    assert_eq!((&placed[0].before, placed[0].after.pool), (&None, PoolId(2)));
}

#[test]
fn a_number_that_moves_there_and_back_is_not_saved() {
    let one = Number::new(number("46701234567"), PoolId(1));
    let mut intake = ImportPlan::new(vec![one.clone()]);
    assert_eq!(intake.put(one.number, PoolId(2)), Ok(RowEffect::Updated));
    assert_eq!(intake.put(one.number, PoolId(1)), Ok(RowEffect::Updated));
    assert_eq!(intake.into_changes(), Vec::new());
}

#[test]
fn a_rented_number_stays_where_it_is() {
    let rented = Number {
        operation: OperationId::new(7),
        ..Number::new(number("46701234567"), PoolId(1))
    };
    let mut intake = ImportPlan::new(vec![rented.clone()]);
    assert_eq!(intake.put(rented.number, PoolId(1)), Ok(RowEffect::Unchanged));
    assert_eq!(intake.put(rented.number, PoolId(2)), Err(InvalidRow::Rented));
    assert_eq!(intake.into_changes(), Vec::new());
}

#[test]
fn a_moved_number_stays_disabled() {
    let disabled = Number {
        enabled: false,
        ..Number::new(number("46701234567"), PoolId(1))
    };
    let mut intake = ImportPlan::new(vec![disabled.clone()]);
    assert_eq!(intake.put(disabled.number, PoolId(2)), Ok(RowEffect::Updated));
    let placed = intake.into_changes();
    assert!(!placed[0].after.is_available());
}

#[test]
fn a_country_that_nobody_asks_for_comes_with_the_nearest() {
    let countries = CountryNames::new(&BTreeMap::new()).unwrap();
    for (country, word) in [
        ("swedn", "did you mean sweden?"),
        ("SE", "did you mean sweden?"),
        ("89460112345678901234", "in English"),
    ] {
        let rejection = row("46701234567", country, "", "bank1").parse(&countries).unwrap_err();
        let message = rejection.message(&countries);
        assert!(message.starts_with("country: ") && message.contains(word), "{message}");
    }
}

#[test]
fn a_line_is_put_kept_and_removed() {
    let (one, two) = (number("46701234567"), number("46701234568"));
    let (gateway, line) = (GatewayId(1), Slot::parse("A").unwrap());
    let mut wiring = SlotAssignments::new([(one, gateway, line.clone())]);
    let put = SlotChange::Put(line.clone());
    assert_eq!(wiring.check(two, gateway, &put), Err(InvalidRow::LineTaken));
    assert!(!wiring.put(one, gateway, &SlotChange::Keep) && !wiring.put(one, gateway, &put));
    assert!(!wiring.put(two, gateway, &SlotChange::Remove));
    assert!(wiring.put(one, gateway, &SlotChange::Remove));
    assert_eq!(wiring.check(two, gateway, &put), Ok(()));
    assert!(wiring.put(two, gateway, &put));
    let rewired = wiring.into_changes();
    assert_eq!(rewired.removed, [one]);
    assert_eq!(rewired.placed, [(two, gateway, line)]);
}
