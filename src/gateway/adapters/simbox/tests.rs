use insta::assert_snapshot;

use crate::gateway::adapters::tests::{TestRequest, of_kind, summary};

/// `Sender: 12052703122`, `Receiver: "12.01" 79001112233`, `SMSC: …`, `SCTS: …`, and a text of two lines.
const ENVELOPE: &str = "U2VuZGVyOiAxMjA1MjcwMzEyMg0KUmVjZWl2ZXI6ICIxMi4wMSIgNzkwMDExMTIyMzMNClNNU0M6IDE0MDU0NzI0MDcwDQpTQ1RTOiAyNTA4MjAwNjQ1MzZBOA0KDQrQmtC+0LQgNDgyMQ0KbGluZSAyIPCfkY0=";
/// The same with `Receiver: "61.01"`, `Slot: 3` and `Code 1`.
const ENVELOPE_WITHOUT_NUMBER: &str =
    "U2VuZGVyOiBWSw0KUmVjZWl2ZXI6ICI2MS4wMSINClNNU0M6IDENClNDVFM6IDINClNsb3Q6IDMNCg0KQ29kZSAx";
/// `Код 7`
const BARE: &str = "0JrQvtC0IDc=";

fn post(body: &str) -> String {
    summary(&of_kind("simbox"), &TestRequest::post("/in/token", body))
}

fn dinstar(elements: &str) -> String {
    post(&format!(r#"{{"sn":"da00-1","sms":[{elements}]}}"#))
}

fn ejoin(elements: &str) -> String {
    post(&format!(r#"{{"type":"recv-sms","sms_num":1,"sms":[{elements}]}}"#))
}

#[test]
fn dinstar_delivers_several_messages() {
    let shown = dinstar(
        r#"{"incoming_sms_id":7,"port":0,"number":"+79261112233","smsc":"+7","timestamp":"2026-11-20 22:00:00","text":"Код\n\ud83d\ude00","imsi":"250010000000001"},
           {"incoming_sms_id":"8","port":"31","number":"VK","text":""},
           {"incoming_sms_id":9,"port":"31","number":"VK","timestamp":{},"text":""},
           {"number":900,"imsi":250010000000002,"text":"cut \ud83d"}"#,
    );
    assert_snapshot!(shown, @r#"
    da00-1/7/2026-11-20 22:00:00: +79261112233 to 250010000000001 or da00-1/0 or 0 at ?: "Код\n😀"
    da00-1/8: VK to da00-1/31 or 31 at ?: ""
    da00-1/9: VK to da00-1/31 or 31 at ?: ""
    no id: 900 to 250010000000002 at ?: "cut �"
    "#);
    let unnamed = r#"{"sms":[{"incoming_sms_id":7,"port":3,"number":"VK","text":"x"}]}"#;
    assert_eq!(post(unnamed), r#"no id: VK to 3 at ?: "x""#);
}

#[test]
fn ejoin_delivers_several_messages_and_reports() {
    let shown = ejoin(&format!(
        r#"[0,"12.sp256.101",1755697537,"12052703122","","{ENVELOPE}"],
           [1,"1B",1755697538,"12052703122","","000 code"],
           ["0","1B","1755697539","VK","+79001112234","{BARE}","8901","250010000000001","more"],
           [0,"1B",0,"VK",null,"{BARE}","8901","250010000000001"],
           [0,"61A",null,"","","{ENVELOPE_WITHOUT_NUMBER}",null,{{}}],
           [0,2,1755697540,"VK","","aGFs\r\nZiDQ"],
           [2,"1B",1,"VK","","MQ=="], [],
           [0,3,"noon","VK","","MQ=="],
           [0,3,253402300800,"VK","","MQ=="],
           [0,3,-1,"VK","","MQ=="],
           [0,3,{{}},"VK","","MQ=="]"#
    ));
    assert_snapshot!(shown, @r#"
    no id: 12052703122 to 79001112233 at 1755697537000: "Код 4821\r\nline 2 👍"
    no id: VK to 79001112234 at 1755697539000: "Код 7"
    no id: VK to 8901 or 250010000000001 or 1B at ?: "Код 7"
    no id: VK to 61A or 61.01 at ?: "Code 1"
    no id: VK to 2 at 1755697540000: "half �"
    no id: VK to 3 at ?: "1"
    no id: VK to 3 at ?: "1"
    no id: VK to 3 at ?: "1"
    no id: VK to 3 at ?: "1"
    "#);
}

#[test]
fn an_envelope_comes_by_itself_too() {
    let envelope = |query: &str, body: &str| {
        let called = TestRequest::post(&format!("/in/token{query}"), body);
        summary(
            &of_kind("simbox"),
            &called.with("content-type", "application/octet-stream"),
        )
    };
    let body = "Sender: VK\r\nReceiver: \"61.01\"\r\nSMSC: 1\r\nSCTS: 2\r\n\r\nКод 1\r\n\r\nСпасибо";
    assert_eq!(
        envelope("?port=61A&sender=VK&mac=00-30-f1&iccid=8901", body),
        r#"no id: VK to 8901 or 00-30-f1/61A or 61A or 61.01 at ?: "Код 1\r\n\r\nСпасибо""#
    );
    assert_eq!(
        envelope("?port=61A&sender=%2B1205", r#"{"a bare text":1}"#),
        r#"no id: +1205 to 61A at ?: "{\"a bare text\":1}""#
    );
    let shown = "no id: VK to 79001112233 at ?: \"Code\"";
    assert_eq!(envelope("", "Sender: \"VK\"\nReceiver: 79001112233\n\nCode"), shown);
    assert_eq!(
        envelope("?sender=VK", "Code"),
        "bad: port must be the name of a modem, port, IMSI, ICCID or device: 1 to 100 characters, none of them a control character"
    );
    assert_eq!(
        envelope("?port=1", "Sender:\r\nReceiver: 1\r\n\r\nx"),
        "bad: sender is missing"
    );
    let long = format!("Sender: {}\nSMSC: 1\n\nx", "x".repeat(101));
    assert_eq!(
        envelope("?port=1", &long),
        "bad: sender must not be longer than 100 characters"
    );
}

#[test]
fn other_events_and_empty_lists_are_accepted() {
    for body in [
        r#"{"sn":"da00-1","sms_result":[{"port":0}]}"#,
        r#"{"sn":"da00-1","register":[{"port":0,"number":"7"}]}"#,
        r#"{"sn":"da00-1","sms":[]}"#,
        r#"{"type":"port-status","status":[]}"#,
        r#"{"type":"dev-status","sms":[[0]]}"#,
        r#"{"type":"recv-sms","sms":[[1,"1B",1,"7","","000"]]}"#,
    ] {
        assert_eq!(post(body), "another event", "{body}");
    }
}

#[test]
fn one_bad_element_is_named_and_refuses_all() {
    let good = r#"{"incoming_sms_id":7,"port":0,"number":"VK","text":"x"}"#;
    for (element, error) in [
        ("null", "sms[1] must be an object"),
        ("[]", "sms[1] must be an object"),
        (r#"{"port":0,"number":"VK"}"#, "sms[1].text is missing"),
        (r#"{"port":0,"number":"VK","text":7}"#, "sms[1].text must be a string"),
        (r#"{"port":0,"text":"x"}"#, "sms[1].number is missing"),
        (
            r#"{"port":0.5,"number":"VK","text":"x"}"#,
            "sms[1].port must be a string",
        ),
        (
            r#"{"number":"VK","text":"x"}"#,
            "sms[1].port must be the name of a modem, port, IMSI, ICCID or device: 1 to 100 characters, none of them a control character",
        ),
        (
            r#"{"incoming_sms_id":[],"port":0,"number":"VK","text":"x"}"#,
            "sms[1].incoming_sms_id must be a string",
        ),
    ] {
        assert_eq!(
            dinstar(&format!("{good},{element}")),
            format!("bad: {error}"),
            "{element}"
        );
    }
    let good = format!(r#"[0,"1B",1,"VK","","{BARE}"]"#);
    for (element, error) in [
        ("{}", "sms[1] must be an array"),
        (r#"[0,12.10,1,"VK","","MQ=="]"#, "sms[1][1] must be a string"),
        (r#"[0,"1B",1,"","","MQ=="]"#, "sms[1][3] is missing"),
        (r#"[0,"1B",1,"VK",{},"MQ=="]"#, "sms[1][4] must be a string"),
        (r#"[0,"1B",1,"VK",""]"#, "sms[1][5] is missing"),
        (r#"[0,"1B",1,"VK","","secret 4711!"]"#, "sms[1][5] must be base64"),
    ] {
        assert_eq!(
            ejoin(&format!("{good},{element}")),
            format!("bad: {error}"),
            "{element}"
        );
    }
}

#[test]
fn other_requests_are_refused() {
    for (body, error) in [
        ("{}", "sms is missing"),
        (r#"{"type":7.5}"#, "type must be a string"),
        (r#"{"type":"recv-sms"}"#, "sms must be an array"),
        (r#"{"sn":"da00-1","sms":{}}"#, "sms must be an array"),
    ] {
        assert_eq!(post(body), format!("bad: {error}"), "{body}");
    }
}

#[test]
fn rule_12_a_request_and_its_messages_have_bounds() {
    let dinstars = |count| dinstar(&vec![r#"{"port":0,"number":"VK","text":"x"}"#; count].join(","));
    assert_eq!(dinstars(500).lines().count(), 500);
    assert_eq!(dinstars(501), "bad: sms must not have more than 500 elements");
    let ejoins = |count| ejoin(&vec![r#"[0,"1B",1,"VK","","MQ=="]"#; count].join(","));
    assert_eq!(ejoins(500).lines().count(), 500);
    assert_eq!(ejoins(501), "bad: sms must not have more than 500 elements");
    let (long, longer) = ("x".repeat(101), "x".repeat(201));
    let element = format!(r#"{{"incoming_sms_id":"{longer}","port":0,"number":"VK","text":"x"}}"#);
    assert_eq!(
        dinstar(&element),
        "bad: sms[0].incoming_sms_id must not be longer than 200 characters"
    );
    let element = format!(r#"{{"port":0,"number":"{long}","text":"x"}}"#);
    assert_eq!(
        dinstar(&element),
        "bad: sms[0].number must not be longer than 100 characters"
    );
    let element = format!(r#"[0,"1B",1,"{long}","","{BARE}"]"#);
    assert_eq!(ejoin(&element), "bad: sms[0][3] must not be longer than 100 characters");
    let element = format!(r#"[0,"1B",1,"VK","","{}"]"#, "MTEx".repeat(13_006));
    assert_eq!(
        ejoin(&element),
        "bad: sms[0][5] must not be longer than 39015 characters"
    );
}
