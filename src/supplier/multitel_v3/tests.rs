//! The documented samples, member by member.

use super::*;

const SAMPLE: &str = r#"{"status":{"code":200,"msg":""},"response":{"number":"33554530000","price":{"per_minute":"0.006","free_minutes":"0","setup_price":"0","monthly_price":"0.7","channels":"0","overflow":"1"}}}"#;

fn envelope(json: &str) -> RentEnvelope {
    serde_json::from_str(json).unwrap()
}

#[test]
fn the_sample_of_a_purchase_is_bought() {
    let sample = envelope(SAMPLE);
    assert_eq!(sample.status.code, "200");
    assert_eq!(sample.status.msg.as_deref(), Some(""));
    let Ok(Purchase::Bought(numbers)) = rented(sample) else {
        panic!("it is bought")
    };
    let [number] = numbers.as_slice() else {
        panic!("it is one number")
    };
    assert_eq!(number.number.digits(), "33554530000");
    assert_eq!(number.reference, None);
    let price = number.price.unwrap();
    assert_eq!(price.setup.to_string(), "0.00");
    assert_eq!(price.monthly.to_string(), "0.70");
}

#[test]
fn a_code_is_a_number_or_a_text() {
    let text = SAMPLE.replace("\"code\":200", "\"code\":\"200\"");
    assert_eq!(envelope(&text).status.code, "200");
}

#[test]
fn a_price_that_is_not_reported_is_not_invented() {
    for (there, instead) in [
        ("\"0.7\"", "\"\""),
        ("\"0.7\"", "null"),
        ("\"monthly_price\"", "\"other\""),
        ("\"0.7\"", "\"-1\""),
    ] {
        let Ok(Purchase::Bought(numbers)) = rented(envelope(&SAMPLE.replace(there, instead))) else {
            panic!("it is bought: {instead}")
        };
        assert_eq!(numbers[0].price, None, "{instead}");
    }
}

#[test]
fn a_purchase_without_a_number_is_no_answer() {
    for json in [
        r#"{"status":{"code":200,"msg":null},"response":null}"#,
        r#"{"status":{"code":200},"response":[]}"#,
        r#"{"status":{"code":"200","msg":""},"response":{"number":"n/a"}}"#,
        r#"{"status":{"code":200,"msg":""}}"#,
    ] {
        assert!(
            matches!(rented(envelope(json)), Err(CallFailure::NoAnswer(_))),
            "{json}"
        );
    }
}

#[test]
fn each_code_has_its_reaction() {
    for (code, reaction) in [
        ("401", Some(Reaction::PauseUntilResumed)),
        ("403", Some(Reaction::PauseUntilResumed)),
        ("404", Some(Reaction::OtherNumber)),
        ("-1", Some(Reaction::OtherNumber)),
        ("500", None),
        ("503", None),
        ("200", None),
    ] {
        let found = match refused(code, "number 33554530000 is sold") {
            CallFailure::Refused(refusal) => {
                assert_eq!(refusal.reason, "number (number) is sold");
                assert_eq!(refusal.code.as_deref(), Some(code));
                Some(refusal.reaction)
            }
            _ => None,
        };
        assert_eq!(found, reaction, "{code}");
    }
}

#[test]
fn each_restored_number_has_its_own_result() {
    let json = r#"{"job_uuid":"j","status":"completed","total_numbers":3,"success_count":1,"failure_count":2,
 "webhook_url":"https://partner.example/x","created_at":"2025-10-01 10:00:00","started_at":"2025-10-01 10:00:00",
 "completed_at":"2025-10-01 10:00:01","results":[
 {"number":"33554530000","status":"success","message":"restored","status_code":200,"requires_identity_update":false},
 {"number":"33554530001","status":"failed","message":"no","status_code":500,"requires_identity_update":false},
 {"number":"33554530002","status":"failed","message":null,"status_code":"403","requires_identity_update":true,"needs_registration":true}]}"#;
    let restored: Restored = serde_json::from_str(json).unwrap();
    let results: Vec<_> = restored.results.iter().filter_map(restored_number).collect();
    let reactions: Vec<Option<Reaction>> = results
        .into_iter()
        .map(|(_, result)| match result {
            Err(CallFailure::Refused(refusal)) => Some(refusal.reaction),
            _ => None,
        })
        .collect();
    assert_eq!(
        reactions,
        [None, Some(Reaction::OtherNumber), Some(Reaction::NeedsPerson)]
    );
}
