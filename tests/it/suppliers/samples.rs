//! The servers of the tests answer as the documented samples do: the same members, of the same kinds.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::suppliers::carrierx::{self, CarrierXApi, did};
use crate::support::suppliers::multitel::{MultitelApi, PASSWORD, USER};
use crate::support::suppliers::{ApiCall, WholesaleApi};

const RENTED: &str = r#"{"active_capabilities":4,"attributes":{},"callback_url":null,"capabilities":7,"country_code":"USA","did_group_sid":null,
 "did_sid":"f448e2c3-88c1-4cd1-8cf2-3567c16e0794","in_country_format":"(516) 206-5575","international_format":"+1 516-206-5575",
 "locality":"NEW YORK","name":"N/A","partner_sid":"e00430c3-a7d0-4666-ab5c-f7202448382f","phonenumber":"15162065575","price":"0.6",
 "state":"NY","transformations":[],"trunk_group_sid":null}"#;

const FOR_SALE: &str = r#"{"count":1,"has_more":true,"items":[{}],"limit":1,"offset":0,
 "pagination":{"next":"https://api.carrierx.com/core/v2/phonenumber/available_dids?limit=1&filter=state+eq+%22NY%22+and+phonenumber+like+%22%25516%25%22&offset=1"},
 "total":null}"#;

const GET_DIDS: &str = r#"{"DATA":[{"Number":"12015550100","SetupCost":"1.000","MonthlyCharges":"2.00","PerMinuteCharges":"0.015",
 "Country":"United States","Area":"","CountryCode":"US","StateCode":"1201","FreeMinutes":0,
 "VOIP":1,"SMS":1,"MMS":0,"PER_SMS":"0","PER_MMS":"0","SS7":4000}],"return_code":0}"#;

const RENT_NUMBER: &str = r#"{"status":{"code":200,"msg":""},"response":{"number":"33554530000","price":{"per_minute":"0.006","free_minutes":"0","setup_price":"0","monthly_price":"0.7","channels":"0","overflow":"1"}}}"#;

fn sample(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

/// Each member of the sample is in the answer, and of its kind; where one of the two is null, the kind says nothing.
#[track_caller]
fn has_the_members(answer: &Value, sample: &Value) {
    for (name, expected) in sample.as_object().unwrap() {
        let found = answer
            .get(name)
            .unwrap_or_else(|| panic!("{name} is missing: {answer}"));
        let is_same = kind(found) == kind(expected) || found.is_null() || expected.is_null();
        assert!(is_same, "{name} is {found}, not such as {expected}");
        if expected.as_object().is_some_and(|members| !members.is_empty()) {
            has_the_members(found, expected);
        }
    }
}

fn carrierx_call(method: &str, path: &str, body: &str) -> ApiCall {
    let call = ApiCall::new(method, &format!("/core/v2/phonenumber/{path}"));
    let call = call.with_header("authorization", &format!("Bearer {}", carrierx::TOKEN));
    call.with_body("application/json", body)
}

/// At random, by filter and by number: the answer is the same but for its numbers.
#[test]
fn carrierx_rents_as_in_its_samples() {
    for (path, body) in [
        ("dids", "{}"),
        (
            "dids?filter=state+eq+%22NY%22+and+phonenumber+like+%22%25516%25%22",
            "{}",
        ),
        ("dids", r#"{"phonenumber":"15162065575"}"#),
    ] {
        let mut api = CarrierXApi::default();
        api.available = vec![did("a", "15162065575", "USA", 7, "available")];
        let answer = api.answer(&carrierx_call("POST", path, body));
        assert_eq!(answer.status, 200, "{path}");
        let mut sample = sample(RENTED);
        has_the_members(&answer.value(), &sample);
        // What does not follow from the stock.
        for name in ["did_sid", "partner_sid", "in_country_format", "international_format"] {
            sample[name] = answer.value()[name].clone();
        }
        sample["status"] = json!("assigned");
        assert_eq!(answer.value(), sample, "{path}");
    }
}

#[test]
fn carrierx_lists_as_in_its_samples() {
    let mut api = CarrierXApi::default();
    let filter = "filter=state+eq+%22NY%22+and+phonenumber+like+%22%25516%25%22";
    let page = api.answer(&carrierx_call("GET", &format!("available_dids/?limit=1&{filter}"), ""));
    has_the_members(&page.value(), &sample(FOR_SALE));
    assert_eq!(
        (&page.value()["total"], &page.value()["count"]),
        (&Value::Null, &json!(1))
    );
    let next = page.value()["pagination"]["next"].as_str().unwrap().to_owned();
    assert!(next.contains("available_dids") && next.ends_with("offset=1"), "{next}");
    for _ in 0..2 {
        api.answer(&carrierx_call("POST", "dids", "{}"));
    }
    let page = api.answer(&carrierx_call("GET", "dids?limit=1", "")).value();
    assert_eq!((&page["total"], &page["has_more"]), (&json!(2), &json!(true)));
    has_the_members(&page["items"][0], &sample(RENTED));
    let last = api.answer(&carrierx_call("GET", "dids?limit=1&offset=1", "")).value();
    assert_eq!((&last["has_more"], &last["pagination"]), (&json!(false), &json!({})));
}

#[test]
fn carrierx_sells_numbers_of_others_as_in_its_samples() {
    let mut api = CarrierXApi::default();
    let filter = "filter=country_code+eq+%22SWE%22+and+phonenumber+like+%22%25808%25%22";
    let path = format!("available_dids?{filter}&include_external=true&order=phonenumber");
    let page = api.answer(&carrierx_call("GET", &path, "")).value();
    assert_eq!(page["count"], 2);
    let body = r#"{"phonenumber":"46501818082"}"#;
    let without = api.answer(&carrierx_call("POST", "dids", body));
    assert_eq!(without.status, 404, "it is not CarrierX's own");
    let rented = api.answer(&carrierx_call("POST", "dids?include_external=true", body));
    assert_eq!(
        (rented.status, &rented.value()["status"]),
        (200, &json!("pending_assignment"))
    );
    has_the_members(&rented.value(), &sample(RENTED));
}

#[test]
fn carrierx_switches_messaging_on_as_in_its_samples() {
    let mut api = CarrierXApi::default();
    api.answer(&carrierx_call("POST", "dids", r#"{"phonenumber":"15162065571"}"#));
    let mut messaging = |method: &str, body: &str| {
        let answer = api.answer(&carrierx_call(method, "dids/sid-1/messaging", body));
        (answer.status, answer.value())
    };
    let in_progress = json!({"enabled": true, "status": "in_progress"});
    assert_eq!(
        messaging("GET", ""),
        (200, json!({"enabled": false, "status": "disabled"}))
    );
    assert_eq!(messaging("POST", r#"{"enabled": "true"}"#), (200, in_progress.clone()));
    assert_eq!(messaging("GET", ""), (200, in_progress));
    assert_eq!(messaging("POST", r#"{"enabled":true}"#).0, 409, "still in progress");
    api.finish_messaging("enabled");
    let enabled = api.answer(&carrierx_call("GET", "dids/sid-1/messaging", ""));
    assert_eq!(enabled.value(), json!({"enabled": true, "status": "enabled"}));
    api.answer(&carrierx_call("POST", "dids", r#"{"phonenumber":"15162065570"}"#));
    let voice_only = api.answer(&carrierx_call("GET", "dids/sid-2/messaging", ""));
    let no_item = json!({"message": "no item error",
                         "errors": [{"field": null, "message": voice_only.value()["errors"][0]["message"],
                                     "reference_sid": null}]});
    assert_eq!((voice_only.status, voice_only.value()), (404, no_item));
}

#[test]
fn multitel_answers_as_in_its_samples() {
    let mut api = MultitelApi::default();
    let classic = |function: &str, more: &str| {
        let body = format!("UserName={USER}&Password={PASSWORD}&{more}");
        ApiCall::new("POST", &format!("/json/{function}")).with_body("application/x-www-form-urlencoded", &body)
    };
    let list = api.answer(&classic("getdids/", "CountryCode=33")).value();
    let sample_list = sample(GET_DIDS);
    has_the_members(&list, &sample_list);
    has_the_members(&list["DATA"][0], &sample_list["DATA"][0]);
    let bought = api.answer(&classic("buynumbers/", "Number=33554530001"));
    assert_eq!(bought.body, r#"{"DATA":[{"RETURN":33554530001}]}"#);
    for code in [99, 100, -165, -220, -275, -1210, -1265] {
        api.for_sale.get_mut("33554530000").unwrap().code = Some(code);
        let refused = api.answer(&classic("buynumbers/", "Number=33554530000"));
        assert_eq!(refused.body, format!(r#"{{"DATA":[{{"RETURN":{code}}}]}}"#));
    }
    api.for_sale.get_mut("33554530000").unwrap().code = None;
    let credentials = format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")));
    let rent = ApiCall::new("POST", "/v3/rentnumber/33554530000/4f79d0a734aa3ce0d9f127f66a3d80a3");
    let rented = api.answer(&rent.with_header("authorization", &credentials)).value();
    has_the_members(&rented, &sample(RENT_NUMBER));
    assert_eq!(rented["status"], json!({"code": 200, "msg": ""}));
    assert_eq!(rented["response"]["number"], "33554530000");
}
