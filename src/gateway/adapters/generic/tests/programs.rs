//! What programs send, in their words.

use super::*;

#[test]
fn our_handlers_name_every_line() {
    let form = "id=GSM1.ntuXYX&from=VK&text=%D0%92%D0%B0%D1%88+%D0%BA%D0%BE%D0%B4&line=GSM1&line=250010000000001&line=352099001761481";
    let sms = TestRequest::posting(form).form().read(&of_kind("smstools")).unwrap();
    assert_eq!(
        short(&sms),
        "GSM1/GSM1.ntuXYX|VK|GSM1 or 250010000000001 or 352099001761481|Ваш код"
    );
    let part = "id=IN20261120_223511_00_VK_00.txt&from=VK&line=modem1&text=x&sent_at=&reference=44&total=3&sequence=2";
    let sms = TestRequest::posting(part).form().read(&of_kind("gammu")).unwrap();
    assert_eq!(
        short(&sms),
        "modem1/IN20261120_223511_00_VK_00.txt|VK|modem1|x|2 of 3, 44"
    );
    assert_eq!(
        short(&read(&TestRequest::posting(part)).unwrap()),
        "IN20261120_223511_00_VK_00.txt|VK|modem1|x|2 of 3, 44"
    );
    let no_id = TestRequest::posting("from=VK&line=modem1&text=x")
        .read(&of_kind("gammu"))
        .unwrap();
    assert_eq!(short(&no_id), "-|VK|modem1|x");
}

#[test]
fn captured_handlers_of_others_are_read() {
    let form = "id=IN20261120_223511_00_VK_00.txt&from=VK&to=modem1&text=%D0%92%D0%B0%D1%88+%D0%BA%D0%BE%D0%B4&ts=&modem=modem1";
    let sms = TestRequest::posting(form).form().read(&of_kind("gammu")).unwrap();
    assert_eq!(short(&sms), "modem1/IN20261120_223511_00_VK_00.txt|VK|modem1|Ваш код");
    let form = "id=GSM1.ntuXYX&from=VK&to=250010000000001&text=x&ts=26-11-20+22%3A34%3A20&modem=GSM1";
    let sms = TestRequest::posting(form).form().read(&of_kind("smstools")).unwrap();
    assert_eq!(short(&sms), "GSM1/GSM1.ntuXYX|VK|GSM1 or 250010000000001|x");
    for (to, receiver) in [
        ("25001000000001", "GSM1 or 25001000000001"),
        ("%2B25001000000001", "25001000000001"),
        ("79001112233", "79001112233"),
    ] {
        let form = format!("from=VK&to={to}&text=x&modem=GSM1");
        let sms = TestRequest::posting(&form).read(&of_kind("gammu")).unwrap();
        assert_eq!(short(&sms), format!("-|VK|{receiver}|x"), "{to}");
    }
    let alone = TestRequest::posting("from=VK&to=250010000000001&text=x").read(&of_kind("gammu"));
    assert_eq!(short(&alone.unwrap()), "-|VK|250010000000001|x");
}

#[test]
fn the_script_may_omit_the_line() {
    for kind in ["gammu", "smstools"] {
        for (form, receiver) in [
            ("", "unknown"),
            ("&line=", "unknown"),
            ("&to=&line=%00", "unknown"),
            ("&to=modem", "modem"),
        ] {
            let request = TestRequest::posting(format!("id=7&from=VK&text=x{form}"));
            let sms = request.read(&of_kind(kind)).unwrap();
            assert_eq!(short(&sms), format!("7|VK|{receiver}|x"), "{kind}: {form}");
        }
    }
}

#[test]
fn vonage_has_names_for_parts() {
    let form = "msisdn=447700900001&to=447700900000&messageId=0B00000012345678&text=Hello&type=text&keyword=HELLO\
        &message-timestamp=2026-11-20+22%3A00%3A00&concat=true&concat-ref=70001&concat-total=3&concat-part=2";
    let expected = "0B00000012345678|447700900001|447700900000|Hello";
    assert_eq!(
        summary_of(&TestRequest::asking(form)),
        format!("{expected}|2 of 3, 4465")
    );
    let whole = form.split("&concat=").next().unwrap();
    assert_eq!(summary_of(&TestRequest::posting(whole).form()), expected);
    let json = r#"{"msisdn":"447700900001","to":"447700900000","messageId":"1","text":"x","concat":"true","concat-ref":"1","concat-total":"2","concat-part":"2"}"#;
    assert_eq!(
        summary_of(&TestRequest::posting(json)),
        "1|447700900001|447700900000|x|2 of 2, 1"
    );
}

#[test]
fn a_part_in_utf_16_may_begin_and_end_with_half_an_emoji() {
    let form = "from=a&to=7900&reference=44&total=3&sequence=2&charset=UTF-16BE&text=%DE%00%00K%D8%3D";
    assert_eq!(
        summary_of(&TestRequest::posting(form)),
        "-|a|7900|<de00>K<d83d>|2 of 3, 44"
    );
}

#[test]
fn numbers_that_make_no_part_are_ignored() {
    for fields in [
        "reference=1&total=1&sequence=1",
        "reference=1&total=3&sequence=4",
        "reference=1&total=300&sequence=1",
        "reference=x&total=3&sequence=1",
        "reference=1&total=3",
        "reference=1&concat-total=3&sequence=1",
    ] {
        assert_eq!(
            summary_of(&TestRequest::posting(format!("from=a&to=7900&text=x&{fields}"))),
            "-|a|7900|x",
            "{fields}"
        );
    }
}

#[test]
fn telnyx_is_read_by_paths() {
    let settings = with(|map| {
        map.id = path("data.payload.id");
        map.from = path("data.payload.from.phone_number");
        map.to = path("data.payload.to.0.phone_number");
        map.text = path("data.payload.text");
        map.sent_at = path("data.payload.received_at");
    });
    let body = r#"{"data":{"event_type":"message.received","id":"e1","payload":{"id":"m1","from":{"phone_number":"+13125550001"},
        "to":[{"phone_number":"+17735550002","status":"webhook_delivered"}],"text":"Hello 😀","received_at":"2026-11-20T22:00:00.000+00:00"}}}"#;
    let request = TestRequest::posting(body).with("content-type", "application/json");
    let sms = request.read(&settings).unwrap();
    assert_eq!(short(&sms), "m1|+13125550001|17735550002|Hello 😀|1795212000000");
}

#[test]
fn others_are_read_by_their_names() {
    for (form, expected) in [
        // SmsForwarder with the recommended template, playSMS, OpenVox, the vendor's server of GoIP.
        (
            r#"{"from":"VK","org_content":"code","content":"VK\ncode\nSIM1","card_slot":"SIM1","timestamp":1795212000000}"#,
            "-|VK|SIM1|code|1795212000000",
        ),
        (
            "sms_sender=%2B46700&sms_receiver=79001112233&message=x&sms_datetime=2026-11-20+22:00:00",
            "-|+46700|79001112233|x",
        ),
        (
            "phonenumber=VK&port=3&portname=gsm-1.3&message=x&time=2026-11-20+22:00:00&imsi=25001",
            "-|VK|3 or gsm-1.3 or 25001|x",
        ),
        ("name=goip1&number=VK&content=x", "-|VK|goip1|x"),
    ] {
        assert_eq!(summary_of(&TestRequest::posting(form)), expected, "{form}");
    }
}
