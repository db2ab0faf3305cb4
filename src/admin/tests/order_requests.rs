//! Every order that must not be placed: it is refused with the name of the field, and nothing is stored.

use super::orders::{numbers, order, with_suppliers};
use super::*;

/// The order of the documentation with other fields; null: without it.
fn with(fields: Value) -> Value {
    changed(order(), fields)
}

fn changed(mut order: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        match value {
            Value::Null => order.as_object_mut().unwrap().remove(name),
            value => order.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    order
}

fn priced() -> Value {
    json!({
        "supplier": "multitel-v3", "number": "33554530000", "price_uuid": "4f79d0a734aa3ce0d9f127f66a3d80a3",
        "expected_monthly": "0.7", "expected_setup": "0", "options": { "ringtype": 1 },
    })
}

fn area() -> Value {
    json!({ "supplier": "cm", "area_code": "20", "quantity": 5 })
}

/// Changes of an order of a quantity, and how the refusal begins.
const QUANTITY: &[(&str, &str)] = &[
    (r#"{"supplier":null}"#, "supplier is missing"),
    (r#"{"supplier":"twilio"}"#, "supplier must be one of multitel-v3, "),
    (r#"{"colour":"red"}"#, "colour is not a field"),
    (r#"{"reference":"a b"}"#, "reference must have 1 to 64"),
    (r#"{"reference":""}"#, "reference must have 1 to 64"),
    (r#"{"country":null}"#, "country is missing"),
    (
        r#"{"country":"swedn"}"#,
        "country: no country has that name; did you mean sweden?",
    ),
    (r#"{"country":"any"}"#, "country: "),
    (r#"{"prefix":"4770"}"#, "prefix must begin with 46"),
    (r#"{"prefix":"+4670"}"#, "prefix must have 1 to 15 digits"),
    (r#"{"prefix":"4"}"#, "prefix must begin with 46"),
    (r#"{"quantity":null}"#, "quantity is missing"),
    (r#"{"quantity":0}"#, "quantity must be an integer from 1 to 1000"),
    (r#"{"quantity":1001}"#, "quantity must be an integer from 1 to 1000"),
    (r#"{"quantity":-1}"#, "quantity must be an integer from 1 to 1000"),
    (r#"{"quantity":"many"}"#, "quantity must be an integer from 1 to 1000"),
    (r#"{"max_monthly":null}"#, "max_monthly is missing"),
    (r#"{"max_monthly":"1,00"}"#, "max_monthly must be a decimal number"),
    (r#"{"max_monthly":1.5}"#, "max_monthly must be a decimal number"),
    (r#"{"max_monthly":"-1"}"#, "max_monthly must not be negative"),
    (r#"{"max_setup":"free"}"#, "max_setup must be a decimal number"),
    (r#"{"operator":"any"}"#, "operator: "),
    (r#"{"external":"yes"}"#, "external must be true or false"),
    (r#"{"supplier":"multitel","external":true}"#, "external: "),
    (r#"{"prove":1}"#, "prove must be true or false"),
    (r#"{"dry_run":"yes"}"#, "dry_run must be true or false"),
    (
        r#"{"options":{"ringtype":1}}"#,
        "options: carrierx has no option of that name",
    ),
    (r#"{"random":true}"#, "prefix is not a field of this order"),
    (
        r#"{"supplier":"multitel","random":true}"#,
        "random is not a field of this order",
    ),
    (
        r#"{"numbers":["46701234567"]}"#,
        "quantity is not a field of this order",
    ),
    (r#"{"city":"AMSTERDAM"}"#, "city is not a field of this order"),
];

/// Changes of an order of chosen numbers.
const NUMBERS: &[(&str, &str)] = &[
    (r#"{"numbers":[]}"#, "numbers must have 1 to 1000 numbers"),
    (r#"{"numbers":["46701234567","me"]}"#, "numbers[1] "),
    (
        r#"{"numbers":["46701234567","+46 701234567"]}"#,
        "numbers[1] is in the list twice",
    ),
    (
        r#"{"numbers":["99970123456"]}"#,
        "country is missing, and the calling code of numbers[0]",
    ),
    (r#"{"country":"norway"}"#, "country: numbers[0] belongs to sweden"),
    (r#"{"numbers":null,"filter":{}}"#, "filter must have at least one"),
    (
        r#"{"numbers":null,"filter":{"npa":"5160"}}"#,
        "filter.npa must be three digits",
    ),
    (
        r#"{"numbers":null,"filter":{"x":"1"}}"#,
        "filter has a field that is not one of",
    ),
    (
        r#"{"supplier":"multitel","options":{"FaxRing":"x"}}"#,
        "options.FaxRing must be a whole number",
    ),
];

/// Changes of an order of a number at a price.
const PRICED: &[(&str, &str)] = &[
    (r#"{"number":null}"#, "number is missing"),
    (r#"{"price_uuid":null}"#, "price_uuid is missing"),
    (r#"{"price_uuid":""}"#, "price_uuid must have 1 to 64 visible ASCII"),
    (r#"{"price_uuid":"a b"}"#, "price_uuid must have 1 to 64 visible ASCII"),
    (r#"{"price_uuid":"é"}"#, "price_uuid must have 1 to 64 visible ASCII"),
    (
        r#"{"price_uuid":"4f79d0a734aa3ce0d9f127f66a3d80a34f79d0a734aa3ce0d9f127f66a3d80a3x"}"#,
        "price_uuid must have 1 to 64 visible ASCII",
    ),
    (r#"{"expected_monthly":null}"#, "expected_monthly is missing"),
    (r#"{"expected_setup":null}"#, "expected_setup is missing"),
    (
        r#"{"options":{"ringtype":3}}"#,
        "options.ringtype must be one of 1, 2, 7, 15",
    ),
    (
        r#"{"options":{"smsuri":"x"}}"#,
        "options: multitel-v3 has no option of that name",
    ),
    (r#"{"options":{"ringtype":[]}}"#, "options.ringtype must be a string"),
    (r#"{"quantity":2}"#, "quantity is not a field of this order"),
];

/// Changes of an order of numbers of a place.
const AREA: &[(&str, &str)] = &[
    (r#"{"area_code":null}"#, "area_code or city is missing"),
    (r#"{"city":" "}"#, "city must have 1 to 64 characters"),
    (r#"{"range_size":0}"#, "range_size must be an integer from 1 to"),
    (r#"{"comment":""}"#, "comment must have 1 to 500"),
    (r#"{"max_monthly":"1"}"#, "max_monthly is not a field of this order"),
];

#[tokio::test]
async fn bad_input_names_its_field_and_stores_nothing() {
    let server = with_suppliers().await;
    let chosen = numbers(&["46701234567"]);
    for (base, changes) in [
        (order(), QUANTITY),
        (chosen, NUMBERS),
        (priced(), PRICED),
        (area(), AREA),
    ] {
        for (fields, expected) in changes {
            let order = changed(base.clone(), serde_json::from_str(fields).unwrap());
            let detail = server.post("/v1/orders", order).await.problem(400);
            assert!(detail.starts_with(expected), "{fields}\n{detail}");
        }
    }
    assert_eq!(server.pages("/v1/orders", "", 10).await, Vec::<Value>::new());
    assert_eq!(server.pages("/v1/gateways", "", 10).await, Vec::<Value>::new());
    server.audit().await;
}

#[tokio::test]
async fn each_form_of_an_order_is_placed() {
    let server = with_suppliers().await;
    for (order, wanted, cost) in [
        (priced(), 1, "0.70"),
        (area(), 5, "17.50"),
        // What a range comes to is not documented: the higher reading counts.
        (changed(area(), json!({ "range_size": 10 })), 5, "175.00"),
        (
            with(json!({ "supplier": "multitel", "prefix": null, "options": { "Type": 1 } })),
            2,
            "2.00",
        ),
        (
            changed(
                numbers(&["46701234567", "47401234567"]),
                json!({ "external": true, "max_setup": "0.5" }),
            ),
            2,
            "3.06",
        ),
        (
            json!({ "supplier": "carrierx", "random": true, "quantity": 3, "max_monthly": "0.000001" }),
            3,
            "0.090003",
        ),
        (
            json!({ "supplier": "carrierx", "filter": { "state": "NY", "npa": 516 }, "max_monthly": 1 }),
            1,
            "1.03",
        ),
    ] {
        let placed = server
            .post("/v1/orders", changed(order, json!({ "reference": null })))
            .await
            .expect(202);
        assert_eq!(
            (&placed["wanted"], &placed["highest_cost"]),
            (&json!(wanted), &json!(cost)),
            "{placed}"
        );
        assert_eq!(placed["lines"].as_array().map(Vec::len), Some(wanted));
    }
    server.audit().await;
}
