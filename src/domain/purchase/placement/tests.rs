use super::*;
use crate::domain::gateway::StoredAdapter;
use crate::domain::purchase::order::OrderReference;
use crate::domain::purchase::price::{Millionths, NumberPrice};
use crate::domain::purchase::request::AreaSelection;
use crate::domain::purchase::terms::SupplierTerms;
use crate::domain::time::Timestamp;
use crate::domain::wire_name::OperatorName;

fn number(digits: &str) -> PhoneNumber {
    digits.parse().unwrap()
}

fn price(monthly: &str) -> NumberPrice {
    NumberPrice {
        monthly: monthly.parse().unwrap(),
        ..NumberPrice::default()
    }
}

fn terms(supplier: SupplierName, numbers: OrderedNumbers) -> OrderTerms {
    let operator = OperatorName::parse("telia").unwrap();
    OrderTerms {
        reference: Some(OrderReference::parse("may-1").unwrap()),
        ..OrderTerms::new(supplier, numbers, operator, NumberPrice::default())
    }
}

fn two_numbers() -> OrderTerms {
    let numbers = vec![number("46701234567"), number("46701234568")];
    let external = false;
    terms(SupplierName::CarrierX, OrderedNumbers::Numbers { numbers, external })
}

fn area() -> OrderTerms {
    let area = AreaSelection {
        quantity: 3,
        city: Some("AMSTERDAM".to_owned()),
        ..AreaSelection::default()
    };
    terms(SupplierName::Cm, OrderedNumbers::Area(area))
}

fn account(budget: Option<&str>, fixed_price: Option<NumberPrice>) -> SupplierAccount {
    SupplierAccount {
        terms: SupplierTerms {
            currency: "USD".parse().unwrap(),
            budget_per_day: budget.map(|budget| budget.parse().unwrap()),
            fixed_price,
            messaging: Millionths::ZERO,
        },
        abilities: &[],
        gateway_token: [0; 32],
        adapter: StoredAdapter {
            kind: "carrierx".to_owned(),
            settings: "{}".to_owned(),
        },
        sms_url_hash: [0; 32],
    }
}

fn facts(account: Option<&SupplierAccount>) -> PlacementFacts<'_> {
    PlacementFacts {
        account,
        same_reference: None,
        taken: Vec::new(),
        gateway_kind: None,
    }
}

#[test]
fn an_order_has_a_line_for_each_number() {
    let lines = two_numbers().planned_lines();
    let numbers: Vec<_> = lines.iter().map(|line| line.number).collect();
    assert_eq!(numbers, [Some(number("46701234567")), Some(number("46701234568"))]);
    assert!(lines.iter().all(|line| line.state == LineState::Planned));

    let lines = area().planned_lines();
    assert_eq!(lines.len(), 3);
    assert!(lines.iter().all(|line| line.number.is_none()));

    let numbers = vec![number("46701234567")];
    let adopted = terms(SupplierName::CarrierX, OrderedNumbers::Adopted { numbers });
    assert_eq!(adopted.planned_lines()[0].state, LineState::Wiring);
}

#[test]
fn what_is_not_configured_is_named() {
    let refusal = |account: Option<SupplierAccount>, terms: OrderTerms| {
        place(terms, facts(account.as_ref())).unwrap_err().to_string()
    };
    assert_eq!(
        refusal(None, two_numbers()),
        "supplier: carrierx is off: the configuration has no section [carrierx]"
    );
    assert_eq!(
        refusal(Some(account(None, None)), two_numbers()),
        "the option carrierx.budget_per_day is not set: nothing is bought from carrierx"
    );
    assert_eq!(
        refusal(Some(account(Some("5"), None)), area()),
        "the options cm.setup and cm.monthly are not set: prices of cm are not known"
    );
}

#[test]
fn a_place_costs_what_the_configuration_states() {
    let account = account(Some("5"), Some(price("2")));
    let Ok(OrderPlacement::New(terms)) = place(area(), facts(Some(&account))) else {
        panic!("it is placed");
    };
    assert_eq!(terms.highest, price("2"));
    let Ok(OrderPlacement::New(terms)) = place(two_numbers(), facts(Some(&account))) else {
        panic!("it is placed");
    };
    assert_eq!(terms.highest, NumberPrice::default());
}

#[test]
fn the_same_reference_is_the_same_order_or_a_conflict() {
    let account = account(Some("5"), Some(price("3")));
    let placed = |terms: OrderTerms, earlier: OrderTerms| {
        let known = PurchaseOrder {
            id: OrderId(7),
            terms: earlier,
            created_at: Timestamp::from_ms(0),
        };
        let same_reference = Some(known);
        place(
            terms,
            PlacementFacts {
                same_reference,
                ..facts(Some(&account))
            },
        )
    };
    assert_eq!(
        placed(two_numbers(), two_numbers()),
        Ok(OrderPlacement::Known(OrderId(7)))
    );
    // The configuration stated another price then.
    let earlier = OrderTerms {
        highest: price("2"),
        ..area()
    };
    assert_eq!(placed(area(), earlier), Ok(OrderPlacement::Known(OrderId(7))));
    let other = OrderTerms {
        highest: price("2"),
        ..two_numbers()
    };
    assert_eq!(
        placed(other, two_numbers()),
        Err(OrderRefusal::ReferenceTaken(OrderId(7)))
    );
}

#[test]
fn a_number_is_not_paid_for_twice_and_another_gateway_is_not_taken() {
    let account = account(Some("5"), None);
    let taken = vec![number("46701234568")];
    let refused = place(
        two_numbers(),
        PlacementFacts {
            taken,
            ..facts(Some(&account))
        },
    );
    let refused = refused.unwrap_err().to_string();
    assert_eq!(
        refused,
        "numbers[1]: 467…68 is in the inventory or in another order already"
    );

    let gateway = |kind: &str| {
        let gateway_kind = Some(kind.to_owned());
        place(
            two_numbers(),
            PlacementFacts {
                gateway_kind,
                ..facts(Some(&account))
            },
        )
    };
    assert!(gateway("carrierx").is_ok());
    let refused = gateway("kannel").unwrap_err().to_string();
    assert!(refused.starts_with("the gateway carrierx has kind kannel"), "{refused}");
}
