//! The documented samples, member by member.

use super::answers::pending;
use super::wire::DidPage;
use super::*;
use crate::domain::purchase::LineId;
use crate::domain::purchase::request::PurchaseMark;
use crate::supplier::client::SupplierAnswer;

/// Rented at random, by filter or by number: the answer is the same.
const RENTED: &str = r#"{"active_capabilities":4,"attributes":{},"callback_url":null,"capabilities":7,"country_code":"USA","did_group_sid":null,
 "did_sid":"f448e2c3-88c1-4cd1-8cf2-3567c16e0794","in_country_format":"(516) 206-5575","international_format":"+1 516-206-5575",
 "locality":"NEW YORK","name":"N/A","partner_sid":"e00430c3-a7d0-4666-ab5c-f7202448382f","phonenumber":"15162065575","price":"0.6",
 "state":"NY","transformations":[],"trunk_group_sid":null}"#;

/// An external number.
const EXTERNAL: &str = r#"{"active_capabilities":4,"attributes":{},"callback_url":null,"capabilities":4,"classification_sid":"17f4d954-d635-4cda-912b-c2a2fa3a6860",
 "country_code":"SWE","did_group_sid":null,"did_sid":"32fbe218-db53-42ad-91b7-a4b25e2c8rcf","in_country_format":"0501-81 80 82",
 "international_format":"+46 501 81 80 82","locality":null,"lrn_sid":null,"name":"N/A","partner_sid":"a13c384d-cf78-48fd-ab8b-1053b49291ba",
 "phonenumber":"46501818082","price":"0.66","state":null,"status":"pending_assignment","string_key_1":null,"string_key_2":null,
 "transformations":[],"trunk_group_sid":null}"#;

fn did(json: &str) -> RentedDid {
    serde_json::from_str(json).unwrap()
}

fn supplied(number: &str, sid: &str, monthly: &str) -> SuppliedNumber {
    SuppliedNumber {
        number: number.parse().unwrap(),
        reference: Some(sid.to_owned()),
        price: Some(crate::domain::purchase::price::NumberPrice {
            setup: "0".parse().unwrap(),
            monthly: monthly.parse().unwrap(),
        }),
    }
}

fn client() -> CarrierX {
    let url = "https://api.carrierx.com/core/v2";
    CarrierX::new(url, SecretString::from("t0ken"), Duration::from_secs(1)).unwrap()
}

#[test]
fn the_sample_of_a_rented_number_is_bought() {
    let rented_did = did(RENTED);
    assert_eq!(rented_did.status(), DidStatus::Assigned);
    assert_eq!(rented_did.mark(), None);
    assert!(rented_did.can_receive_sms());
    assert!(!rented_did.receives_sms(), "messaging is off");
    assert_eq!(
        rented(&rented_did),
        Ok(Purchase::Bought(vec![supplied(
            "15162065575",
            "f448e2c3-88c1-4cd1-8cf2-3567c16e0794",
            "0.6"
        )]))
    );
}

#[test]
fn the_sample_of_an_external_number_waits() {
    let external = did(EXTERNAL);
    assert!(!external.can_receive_sms(), "voice only");
    assert_eq!(external.offer(true), None);
    let number = supplied("46501818082", "32fbe218-db53-42ad-91b7-a4b25e2c8rcf", "0.66");
    assert_eq!(rented(&external), Ok(Purchase::Pending(pending(number))));
}

#[test]
fn the_sample_of_numbers_for_sale_is_an_offer() {
    let item = RENTED.replace("\"e00430c3-a7d0-4666-ab5c-f7202448382f\"", "null");
    let page = format!(
        r#"{{"count":1,"has_more":true,"items":[{item}],"limit":1,"offset":0,
 "pagination":{{"next":"https://api.carrierx.com/core/v2/phonenumber/available_dids?limit=1&filter=state+eq+%22NY%22+and+phonenumber+like+%22%25516%25%22&offset=1"}},
 "total":null}}"#
    );
    let page: DidPage = serde_json::from_str(&page).unwrap();
    assert_eq!(page.total, None);
    let next = page.next().unwrap().unwrap();
    assert!(next.ends_with("%22%25516%25%22&offset=1"));
    assert!(client().client.next_page(next).is_ok());
    let offer = page.items[0].offer(false).unwrap();
    assert_eq!(offer.number.digits(), "15162065575");
    assert_eq!(offer.area.as_deref(), Some("NEW YORK, NY"));
    assert!(offer.receives_sms && !offer.is_external);
    assert_eq!(offer.price.setup.to_string(), "0.00");
    assert_eq!(offer.price.monthly.to_string(), "0.60");
}

#[test]
fn the_sample_of_rented_numbers_has_messaging_on() {
    let item = RENTED.replace("\"active_capabilities\":4", "\"active_capabilities\":7");
    let page = format!(
        r#"{{"count":1,"has_more":true,"items":[{item}],"limit":1,"offset":0,
 "pagination":{{"next":"https://api.carrierx.com/core/v2/phonenumber/dids?limit=1&offset=1"}},"total":2}}"#
    );
    let page: DidPage = serde_json::from_str(&page).unwrap();
    assert_eq!(page.total, Some(2));
    assert!(page.items[0].receives_sms());
    assert!(page.items[0].is("15162065575".parse().unwrap()));
}

#[test]
fn the_last_page_names_no_next_one() {
    let next = |json: &str| {
        let page: DidPage = serde_json::from_str(json).unwrap();
        page.next().map(|next| next.map(str::to_owned))
    };
    assert_eq!(next(r#"{"items":[],"has_more":false,"pagination":{}}"#), Ok(None));
    assert_eq!(next(r#"{"items":[]}"#), Ok(None));
    assert_eq!(
        next(r#"{"items":[],"has_more":false,"pagination":{"next":"x"}}"#),
        Ok(None)
    );
    assert_eq!(
        next(r#"{"items":[],"pagination":{"next":"x"}}"#),
        Ok(Some("x".to_owned()))
    );
    assert!(next(r#"{"items":[],"has_more":true,"pagination":{}}"#).is_err());
}

#[test]
fn statuses_are_those_of_the_documentation() {
    for (status, expected) in [
        ("null", DidStatus::Assigned),
        ("\"assigned\"", DidStatus::Assigned),
        ("\"pending_assignment\"", DidStatus::Pending),
        ("\"available\"", DidStatus::NotRented),
        ("\"aging\"", DidStatus::NotRented),
        ("\"failed\"", DidStatus::Unlisted),
    ] {
        let json = format!(r#"{{"did_sid":"a","phonenumber":46701234567,"status":{status}}}"#);
        assert_eq!(did(&json).status(), expected, "{status}");
    }
}

#[test]
fn several_numbers_with_our_mark_are_all_ours() {
    let assigned = did(RENTED);
    let external = did(EXTERNAL);
    let Ok(Ownership::Ours(numbers)) = owned_or_pending(&[&external, &assigned, &assigned]) else {
        panic!("they are ours")
    };
    assert_eq!(numbers.len(), 2);
    assert!(matches!(owned_or_pending(&[&external]), Ok(Ownership::Pending(_))));
}

#[test]
fn the_sample_of_a_refusal_is_shown() {
    let body = r#"{"message":"no item error","errors":[{"field":null,"message":"cannot find item by sid","reference_sid":null}]}"#;
    let answer = |status, body: &str| SupplierAnswer {
        status,
        headers: reqwest::header::HeaderMap::new(),
        body: body.as_bytes().to_vec(),
    };
    let not_found = answer(StatusCode::NOT_FOUND, body);
    assert_eq!(reason(&not_found), "no item error: cannot find item by sid");
    assert_eq!(reason(&answer(StatusCode::CONFLICT, "<html>")), "HTTP 409");
    let number = |external| Selection::Number {
        number: "15162065575".parse().unwrap(),
        external,
    };
    for (status, selection, reaction) in [
        (404, number(false), Some(Reaction::OtherNumber)),
        (409, number(false), Some(Reaction::OtherNumber)),
        (422, Selection::Random, Some(Reaction::OtherNumber)),
        (409, number(true), Some(Reaction::RetryWithBackoff)),
        (404, number(true), Some(Reaction::OtherNumber)),
        (400, number(false), Some(Reaction::BadRequest)),
        (415, number(false), Some(Reaction::BadRequest)),
        (408, number(false), None),
        (418, number(false), None),
    ] {
        let refused = rent_refused(&answer(StatusCode::from_u16(status).unwrap(), body), &selection);
        let found = match refused {
            CallFailure::Refused(refusal) => Some(refusal.reaction),
            _ => None,
        };
        assert_eq!(found, reaction, "{status} {selection:?}");
    }
}

#[test]
fn a_purchase_sends_the_mark_and_the_url() {
    let mark = PurchaseMark::of_line(LineId(31));
    let body = RentBody {
        phonenumber: Some("15162065575".to_owned()),
        callback_url: Some("https://partner.example/cx/s3cret"),
        attributes: RentAttributes {
            leaseline: mark.as_str(),
        },
    };
    assert_eq!(
        serde_json::to_string(&body).unwrap(),
        r#"{"phonenumber":"15162065575","callback_url":"https://partner.example/cx/s3cret","attributes":{"leaseline":"leaseline-31"}}"#
    );
}

#[test]
fn a_key_cannot_change_the_path() {
    let client = client();
    for sid in ["", ".", "..", "a b", "a\n", &"x".repeat(101)] {
        assert!(client.did(Method::DELETE, sid, &[]).is_err(), "{sid:?}");
    }
    let call = client.did(Method::DELETE, "a/../b?c#d", &[]).unwrap().build().unwrap();
    assert_eq!(call.url().path(), "/core/v2/phonenumber/dids/a%2F..%2Fb%3Fc%23d");
}

#[test]
fn the_token_is_not_shown() {
    assert!(!format!("{:?}", client()).contains("t0ken"));
}
