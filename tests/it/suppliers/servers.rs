//! The servers themselves: what the documents say of the wholesalers, also where our clients do not use it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::suppliers::carrierx::{self, CarrierXApi};
use crate::support::suppliers::cm::{ACCOUNT, CmApi};
use crate::support::suppliers::multitel::{MultitelApi, PASSWORD, USER};
use crate::support::suppliers::{ApiAnswer, ApiCall, WholesaleApi as _};

const NUMBER: &str = "33554530000";

fn returned(answer: &ApiAnswer) -> Value {
    answer.value()["DATA"][0]["RETURN"].clone()
}

/// The same fields in the three encodings.
fn encoded(call: &ApiCall, fields: &[(&str, &str)]) -> [ApiCall; 3] {
    let form: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let members = fields.iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
    let object = Value::Object(members.collect());
    let parts = fields
        .iter()
        .map(|(name, value)| format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    let parts = format!("{}--x--\r\n", parts.collect::<String>());
    [
        call.clone()
            .with_body("application/x-www-form-urlencoded", &form.join("&")),
        call.clone().with_body("application/json", &object.to_string()),
        call.clone().with_body("multipart/form-data; boundary=x", &parts),
    ]
}

#[test]
fn multitel_takes_each_encoding_and_the_get_form() {
    let fields = [
        ("UserName", USER),
        ("Password", PASSWORD),
        ("Number", NUMBER),
        ("SMSRingType", "2"),
    ];
    let post = ApiCall::new("POST", "/json/buynumbers/");
    let get = ApiCall::new("GET", &format!("/json/buynumbers/{USER}/{PASSWORD}/{NUMBER}/label/1"));
    for call in encoded(&post, &fields).into_iter().chain([get]) {
        let mut api = MultitelApi::default();
        assert_eq!(returned(&api.answer(&call)), json!(33_554_530_000_u64), "{call:?}");
        assert_eq!(returned(&api.answer(&call)), json!(-165), "{call:?}");
        assert_eq!(api.sold(), [NUMBER]);
    }
    let wrong = ApiCall::new("GET", &format!("/json/getdidinfo/{USER}/wrong/{NUMBER}"));
    assert_eq!(returned(&MultitelApi::default().answer(&wrong)), json!(100));
}

#[test]
fn multitel_v3_ignores_options_of_a_get() {
    let credentials = format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")));
    let path = format!("/v3/rentnumber/{NUMBER}/4f79d0a734aa3ce0d9f127f66a3d80a3");
    let post = ApiCall::new("POST", &path).with_header("authorization", &credentials);
    for call in encoded(&post, &[("smsuri", "x"), ("smsringtype", "2")]) {
        let mut api = MultitelApi::default();
        assert_eq!(api.answer(&call).value()["response"]["number"], json!(NUMBER));
        assert_eq!(api.owned[NUMBER].len(), 2, "{call:?}");
    }
    let mut api = MultitelApi::default();
    let get = ApiCall::new("GET", &format!("{path}?smsuri=x")).with_header("authorization", &credentials);
    assert_eq!(api.answer(&get).value()["status"]["code"], json!(200));
    assert!(api.owned[NUMBER].is_empty());
    let stranger = ApiCall::new("POST", &path);
    let answer = api.answer(&stranger);
    assert_eq!((answer.status, &answer.value()["status"]["code"]), (200, &json!(401)));
}

#[test]
fn multitel_v3_restores_many_later() {
    let credentials = format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")));
    let numbers: Vec<String> = (0..11).map(|index| format!("335545300{index:02}")).collect();
    let call = ApiCall::new("POST", "/v3/bulk_restore").with_header("authorization", &credentials);
    let many = call
        .clone()
        .with_body("application/json", &json!({ "numbers": numbers }).to_string());
    let mut api = MultitelApi::default();
    let answer = api.answer(&many);
    assert_eq!((answer.status, &answer.value()["status"]), (202, &json!("pending")));
    let text = json!({"numbers_text": numbers[..2].join("\n")}).to_string();
    let answer = api.answer(&call.with_body("application/json", &text));
    assert_eq!(answer.value()["failure_count"], json!(2));
}

fn carrierx_call(method: &str, path: &str) -> ApiCall {
    let call = ApiCall::new(method, &format!("/core/v2/phonenumber/{path}"));
    call.with_header("authorization", &format!("Bearer {}", carrierx::TOKEN))
}

#[test]
fn carrierx_filters_as_documented() {
    let mut api = CarrierXApi::default();
    let mut count = |filter: &str| {
        let query = filter.replace('%', "%25").replace('"', "%22").replace(' ', "+");
        let answer = api.answer(&carrierx_call(
            "GET",
            &format!("available_dids/?include_external=True&filter={query}"),
        ));
        (answer.status == 200).then(|| answer.value()["count"].as_u64().unwrap())
    };
    for (filter, expected) in [
        ("state eq \"NY\" and phonenumber like \"%516%\"", Some(4)),
        ("state eq 'NY' and phonenumber ilike %516%", Some(4)),
        ("country_code eq SWE", Some(2)),
        ("locality eq \"NEW YORK\"", Some(6)),
        ("capabilities eq 31", Some(1)),
        ("capabilities bit 1", Some(4)),
        ("capabilities gt 7", Some(1)),
        ("capabilities ge 7", Some(4)),
        ("attributes.leaseline eq \"x\"", Some(0)),
        ("capabilities", None),
        ("state eq \"NY\" or npa eq 516", None),
        ("state eq \"NY", None),
        ("state eq NEW YORK", None),
        ("capabilities ge x", None),
    ] {
        assert_eq!(count(filter), expected, "{filter}");
    }
}

#[test]
fn carrierx_refuses_as_documented() {
    let mut api = CarrierXApi::default();
    let rent = |content_type: &str, body: &str| carrierx_call("POST", "dids").with_body(content_type, body);
    for (call, status) in [
        (ApiCall::new("GET", "/core/v2/phonenumber/dids"), 401),
        (rent("text/plain", "{}"), 415),
        (rent("application/json", "{"), 400),
        (rent("application/json", "{\"phonenumber\":\"15550000000\"}"), 404),
        (rent("application/json", "{\"phonenumber\":\"15162065571\"}"), 200),
        (rent("application/json", "{\"phonenumber\":\"15162065571\"}"), 404),
        (carrierx_call("GET", "available_dids?limit=1001"), 400),
        (
            carrierx_call("POST", "dids/sid-1/messaging").with_body("application/json", "{\"enabled\":\"true\"}"),
            200,
        ),
        (
            carrierx_call("POST", "dids/sid-1/messaging").with_body("application/json", "{\"enabled\":true}"),
            409,
        ),
        (carrierx_call("DELETE", "dids/sid-1"), 204),
        (carrierx_call("DELETE", "dids/sid-1"), 404),
    ] {
        assert_eq!(api.answer(&call).status, status, "{call:?}");
    }
    assert_eq!(api.sold(), ["15162065571"]);
}

#[test]
fn cm_reads_its_path_without_regard_to_case() {
    let path = format!("/voice-phonenumberrequestapi/v1/{ACCOUNT}/numberRequests");
    let mut api = CmApi::default();
    let call = ApiCall::new("GET", &path);
    assert_eq!(api.answer(&call).status, 401);
    let call = call.with_header("x-cm-producttoken", crate::support::suppliers::cm::TOKEN);
    assert_eq!(api.answer(&call).value(), json!([]));
}
