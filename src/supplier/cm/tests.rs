//! Nothing of CM.com's answers is documented but that four members are `null` at first: what is here follows [`CmWireNames`].

use serde_json::json;

use super::*;
use crate::domain::purchase::LineId;
use crate::domain::purchase::request::AreaSelection;

fn mark(line: i64) -> PurchaseMark {
    PurchaseMark::of_line(LineId(line))
}

#[test]
fn an_order_has_the_nine_fields_but_the_profile() {
    let names = CmWireNames::default();
    let area = AreaSelection {
        quantity: 5,
        range_size: Some(10),
        number_type: Some("LOCAL".to_owned()),
        area_code: Some("20".to_owned()),
        city: Some("AMSTERDAM".to_owned()),
        region: Some("NY".to_owned()),
        comment: Some("for the desk".to_owned()),
    };
    let url = "https://partner.example/orders/s3cret/31";
    assert_eq!(
        Value::from(order_body(&names, &area, &mark(31), Some(url))),
        json!({
            "quantity": 5, "rangeSize": 10, "type": "LOCAL", "areaCode": "20", "city": "AMSTERDAM", "region": "NY",
            "comment": "leaseline-31 for the desk", "callbackUrl": url,
        })
    );
    let least = AreaSelection {
        quantity: 1,
        area_code: Some("20".to_owned()),
        ..AreaSelection::default()
    };
    assert_eq!(
        Value::from(order_body(&names, &least, &mark(31), None)),
        json!({"quantity": 1, "areaCode": "20", "comment": "leaseline-31"})
    );
}

#[test]
fn other_names_are_used_everywhere() {
    let names = CmWireNames {
        quantity: "count".to_owned(),
        comment: "remarks".to_owned(),
        id: "guid".to_owned(),
        status: "state".to_owned(),
        numbers: "phoneNumbers".to_owned(),
        reason: "why".to_owned(),
        done: vec!["Closed".to_owned()],
        refused: vec!["Denied".to_owned()],
        read: "numberRequests/{id}/details".to_owned(),
        ..CmWireNames::default()
    };
    let body = order_body(&names, &AreaSelection::default(), &mark(1), None);
    assert_eq!(Value::from(body), json!({"count": 0, "remarks": "leaseline-1"}));
    let order = json!({"guid": 7, "remarks": "leaseline-1", "state": "closed", "phoneNumbers": ["3120123456"]});
    let request = NumberRequest::new(&order, &names);
    assert_eq!(request.id().as_deref(), Some("7"));
    assert!(request.has_comment() && request.has_mark(&mark(1)));
    assert_eq!(request.progress(), Progress::Done);
    assert_eq!(request.numbers().len(), 1);
    let denied = json!({"state": "DENIED", "why": "call +31 20 123 4567"});
    assert_eq!(
        NumberRequest::new(&denied, &names).progress(),
        Progress::Refused("call +(number)".to_owned())
    );
    let path = names.read_path("a/b").unwrap();
    assert_eq!(path, ["numberRequests", "a/b", "details"]);
    assert_eq!(names.read_path(".."), None);
}

#[test]
fn what_is_not_final_is_open() {
    let names = CmWireNames::default();
    for body in [
        json!({"status": "PendingApproval"}),
        json!({"status": null}),
        json!({"status": {"name": "done"}}),
        json!({}),
        json!(null),
        json!([]),
        json!("done"),
        // The four members that are null at first (documented).
        json!({"id": null, "start": null, "validFrom": null, "validTo": null}),
    ] {
        let request = NumberRequest::new(&body, &names);
        assert_eq!(request.progress(), Progress::Open, "{body}");
        assert_eq!(request.id(), None, "{body}");
        assert!(request.numbers().is_empty(), "{body}");
    }
    for (status, done) in [("Completed", true), ("DONE", true), ("rejected", false)] {
        let body = json!({ "status": status });
        let progress = NumberRequest::new(&body, &names).progress();
        match done {
            true => assert_eq!(progress, Progress::Done),
            false => assert_eq!(progress, Progress::Refused(status.to_owned())),
        }
    }
}

#[test]
fn numbers_are_texts_or_objects() {
    let names = CmWireNames::default();
    let body =
        json!({"numbers": ["3120123456", {"number": "+31 20 123 4567"}, {"number": 3120123458_u64}, "", {}, null]});
    let numbers = NumberRequest::new(&body, &names).numbers();
    let digits: Vec<String> = numbers.iter().map(|number| number.digits()).collect();
    assert_eq!(digits, ["3120123456", "31201234567", "3120123458"]);
}

#[test]
fn a_mark_is_a_whole_word() {
    let names = CmWireNames::default();
    for (comment, line, found) in [
        ("leaseline-31", 31, true),
        ("leaseline-31 for the desk", 31, true),
        ("checked by J.: leaseline-31, thanks", 31, true),
        ("leaseline-31", 3, false),
        ("leaseline-31-b", 31, false),
        ("xleaseline-31", 31, false),
        ("", 31, false),
    ] {
        let body = json!({ "comment": comment });
        assert_eq!(
            NumberRequest::new(&body, &names).has_mark(&mark(line)),
            found,
            "{comment}"
        );
    }
}

#[test]
fn a_list_is_the_answer_or_its_only_list() {
    assert_eq!(list_items(json!([1])), Some(vec![json!(1)]));
    assert_eq!(list_items(json!({"total": 1, "items": [1]})), Some(vec![json!(1)]));
    assert_eq!(list_items(json!({"a": [1], "b": [2]})), None);
    assert_eq!(list_items(json!({"total": 1})), None);
    assert_eq!(list_items(json!("x")), None);
}

#[test]
fn the_token_is_not_shown() {
    let client = Cm::new(
        "https://api.cm.com",
        "6f0a7c1e".to_owned(),
        SecretString::from("t0ken"),
        Duration::from_secs(1),
        CmWireNames::default(),
        None,
    );
    assert!(!format!("{:?}", client.unwrap()).contains("t0ken"));
}
