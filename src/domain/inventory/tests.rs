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

/// A number in pool 1 that something holds.
fn held(hold: Hold) -> Number {
    Number::new(number("46701234567"), PoolId(1)).held(hold)
}

const HOLDS: [Hold; 4] = [Hold::Unproven, Hold::Refused, Hold::GivingBack, Hold::GivenBack];

#[test]
fn rule_15_a_held_number_cannot_be_enabled() {
    for hold in HOLDS {
        let known = held(hold);
        let mut plan = ImportPlan::new(vec![known.clone()]);
        let refused = plan.set_enabled(known.number, true).unwrap_err();
        assert_eq!(refused, InvalidRow::Held(hold));
        assert!(refused.to_string().starts_with("number "), "{refused}");
        assert_eq!(plan.set_enabled(known.number, false), Ok(false));
        assert_eq!(plan.into_changes(), Vec::new());
    }
}

#[test]
fn rule_16_a_number_that_is_given_back_is_neither_imported_nor_moved() {
    for (hold, same, other) in [
        (Hold::Unproven, Ok(RowEffect::Unchanged), Ok(RowEffect::Updated)),
        (Hold::Refused, Ok(RowEffect::Unchanged), Ok(RowEffect::Updated)),
        (
            Hold::GivingBack,
            Ok(RowEffect::Unchanged),
            Err(InvalidRow::Held(Hold::GivingBack)),
        ),
        (
            Hold::GivenBack,
            Err(InvalidRow::Held(Hold::GivenBack)),
            Err(InvalidRow::Held(Hold::GivenBack)),
        ),
    ] {
        let known = held(hold);
        let mut plan = ImportPlan::new(vec![known.clone()]);
        assert_eq!(plan.put(known.number, PoolId(1)), same, "{hold:?}");
        assert_eq!(plan.put(known.number, PoolId(2)), other, "{hold:?}");
        let changes = plan.into_changes();
        assert!(changes.iter().all(|change| change.after.hold == Some(hold)));
        assert_eq!(changes.is_empty(), other.is_err());
    }
}

#[test]
fn rule_15_a_bought_number_is_issued_when_nothing_holds_it() {
    let one = number("46701234567");
    for known in HOLDS.map(|hold| vec![held(hold)]).into_iter().chain([Vec::new()]) {
        let mut plan = ImportPlan::new(known);
        assert_eq!(plan.put_bought(one, PoolId(2), Some(Hold::Unproven)), Ok(()));
        assert!(!plan.after[&one].is_available());
        assert_eq!(plan.put_bought(one, PoolId(2), None), Ok(()));
        assert!(plan.after[&one].is_available() && plan.after[&one].pool == PoolId(2));
    }
    // What the admin disabled before it was bought stays so.
    let disabled = Number {
        enabled: false,
        ..Number::new(one, PoolId(1))
    };
    let mut plan = ImportPlan::new(vec![disabled]);
    assert_eq!(plan.put_bought(one, PoolId(1), None), Ok(()));
    assert_eq!(plan.into_changes(), Vec::new());
}

#[test]
fn rule_16_a_rented_number_is_held_and_neither_moved_nor_given_back() {
    let rented = Number {
        operation: OperationId::new(7),
        ..Number::new(number("46701234567"), PoolId(1))
    };
    let mut plan = ImportPlan::new(vec![rented.clone()]);
    let one = rented.number;
    assert_eq!(plan.put_bought(one, PoolId(2), None), Err(InvalidRow::Rented));
    assert_eq!(plan.hold(one, Hold::GivenBack), Err(InvalidRow::Rented));
    assert_eq!(plan.hold(one, Hold::GivingBack), Ok(true));
    assert_eq!(plan.hold(one, Hold::GivingBack), Ok(false));
    assert_eq!(plan.after[&one], rented.clone().held(Hold::GivingBack));
    assert!(plan.release(one, true) && !plan.release(one, true));
    assert_eq!(plan.into_changes(), Vec::new(), "as it was");
}
