//! The documented samples, member by member.

use super::*;

fn code(json: &str) -> String {
    let data: Data = serde_json::from_str(json).unwrap();
    let first = data.data.first().unwrap();
    serde_json::from_str::<Return>(first.get()).unwrap().code
}

#[test]
fn the_sample_of_a_purchase_is_bought() {
    let returned = code(r#"{"DATA":[{"RETURN":1234567890}]}"#);
    assert_eq!(bought(&returned), "1234567890".parse().ok());
    // The SOAP twin compares loosely: a text is read, too.
    assert_eq!(code(r#"{"DATA":[{"RETURN":"1234567890"}]}"#), returned);
    // 15 digits need 64 bits.
    let longest = code(r#"{"DATA":[{"RETURN":999999999999999}]}"#);
    assert_eq!(bought(&longest), "999999999999999".parse().ok());
}

#[test]
fn each_code_has_its_reaction() {
    let after_a_while = Reaction::RetryAfter(Duration::from_secs(300), 3);
    for (returned, reaction) in [
        ("99", Reaction::PauseUntilResumed),
        ("100", Reaction::PauseUntilResumed),
        ("-165", Reaction::LookUp),
        ("-220", after_a_while),
        ("-275", Reaction::OtherNumber),
        ("-1210", Reaction::OtherNumber),
        ("-1265", Reaction::NeedsPerson),
        ("-55", Reaction::PauseUntilResumed),
        ("-110", Reaction::PauseUntilResumed),
        ("-330", Reaction::BadRequest),
        // Inferred ones, and what is not listed at all.
        ("-1100", Reaction::OtherNumber),
        ("-1320", Reaction::OtherNumber),
        ("-1650", Reaction::OtherNumber),
        ("-1705", Reaction::OtherNumber),
        ("0", Reaction::OtherNumber),
        ("101", Reaction::OtherNumber),
        ("-46701234567", Reaction::OtherNumber),
        ("1234567890.5", Reaction::OtherNumber),
    ] {
        let returned = code(&format!(r#"{{"DATA":[{{"RETURN":{returned}}}]}}"#));
        assert_eq!(bought(&returned), None, "{returned}");
        let CallFailure::Refused(refusal) = refused(&returned) else {
            panic!("{returned} is a refusal")
        };
        assert_eq!(refusal.reaction, reaction, "{returned}");
        assert!(!refusal.reason.is_empty(), "{returned}");
    }
}

#[test]
fn the_sample_of_numbers_for_sale_is_an_offer() {
    let sample = r#"{"Number":"12015550100","SetupCost":"1.000","MonthlyCharges":"2.00","PerMinuteCharges":"0.015",
 "Country":"United States","Area":"","CountryCode":"US","StateCode":"1201","FreeMinutes":0,
 "VOIP":1,"SMS":1,"MMS":0,"PER_SMS":"0","PER_MMS":"0","SS7":4000}"#;
    let offer = |json: &str| serde_json::from_str::<Did>(json).unwrap().offer();
    let found = offer(sample).unwrap();
    assert_eq!(found.number.digits(), "12015550100");
    assert_eq!(found.area, None);
    assert!(found.receives_sms && !found.is_external);
    assert_eq!(found.price.setup.to_string(), "1.00");
    assert_eq!(found.price.monthly.to_string(), "2.00");
    assert_eq!(offer(&sample.replace("\"SMS\":1", "\"SMS\":\"1\"")), Some(found));
    for (there, instead) in [
        ("\"SMS\":1", "\"SMS\":0"),
        ("\"SMS\":1", "\"MMS\":1"),
        ("\"12015550100\"", "\"-100\""),
        ("\"12015550100\"", "-100"),
        ("\"2.00\"", "\"on request\""),
    ] {
        assert_eq!(offer(&sample.replace(there, instead)), None, "{instead}");
    }
}

#[test]
fn the_number_of_another_account_is_not_ours() {
    for returned in NOT_OURS {
        assert!(CODES.iter().any(|(code, ..)| code == returned) && bought(returned).is_none());
    }
}

#[test]
fn the_password_is_not_shown() {
    let client = Multitel::new(
        "https://api.multitel.net/json",
        "user".to_owned(),
        SecretString::from("pa55word"),
        None,
        Duration::from_secs(1),
    );
    assert!(!format!("{:?}", client.unwrap()).contains("pa55word"));
}
