//! What only the two APIs of Multitel have.

use leaseline::domain::purchase::outcome::{CallFailure, Purchase, Reaction};
use leaseline::domain::purchase::request::{OfferSearch, OwnedNumber};
use leaseline::supplier::Supplier as _;
use leaseline::supplier::multitel::Multitel;
use serde_json::{Value, json};

use super::row::{chosen, multitel_client, priced, v3_client};
use super::{SMS_URL, TIMEOUT, clean, number, price, request, search, supplied};
use crate::support::suppliers::body::{field, fields};
use crate::support::suppliers::multitel::MultitelApi;
use crate::support::suppliers::{ApiAnswer, Trouble, Wholesaler, WholesalerControl as _};

async fn start() -> (Wholesaler<MultitelApi>, Multitel) {
    let server = Wholesaler::start(MultitelApi::default()).await;
    let client = multitel_client(&server.url(), TIMEOUT);
    (server, client)
}

fn reaction(result: Result<Purchase, CallFailure>) -> Reaction {
    match clean(result) {
        Err(CallFailure::Refused(refusal)) => refusal.reaction,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_purchase_sends_the_options_and_where_sms_go() {
    let (server, client) = start().await;
    let mut request = request(chosen("33554530000", false));
    let options = [("Type", "1"), ("URI", "33554530000@sip.example"), ("Channels", "2")];
    request.options = options
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
    client.buy(&request).await.unwrap();
    let calls = server.calls();
    assert_eq!(calls[0].method, "POST");
    assert_eq!(calls[0].path(), ["json", "buynumbers"], "nothing secret in the path");
    assert_eq!(calls[0].query, []);
    let with = server.api(|api| api.owned["33554530000"].clone());
    for (name, value) in options.into_iter().chain([
        ("Description", "leaseline-31"),
        ("SMSRingType", "2"),
        ("SMSURI", SMS_URL),
        ("SID", "7"),
    ]) {
        assert_eq!(field(&with, name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn each_code_of_the_books_has_its_reaction() {
    let (server, client) = start().await;
    let buy = async |digits: &str| client.buy(&request(chosen(digits, false))).await;
    client.buy(&request(chosen("33554530000", false))).await.unwrap();
    assert_eq!(reaction(buy("33554530000").await), Reaction::LookUp, "sold, to us");
    assert_eq!(
        reaction(buy("33554539999").await),
        Reaction::OtherNumber,
        "not for sale"
    );
    assert_eq!(reaction(buy("33554530003").await), Reaction::NeedsPerson, "documents");
    server.api(|api| api.has_balance = false);
    assert_eq!(
        reaction(buy("33554530001").await),
        Reaction::PauseUntilResumed,
        "no balance"
    );
    let ours = OwnedNumber {
        number: number("33554530000"),
        reference: None,
    };
    client.give_back(&ours).await.unwrap();
    assert!(
        matches!(reaction(buy("33554530000").await), Reaction::RetryAfter(_, 3)),
        "reserved"
    );
    assert_eq!(server.sold(), ["33554530000"]);
}

#[tokio::test]
async fn another_number_than_asked_for_is_ours_all_the_same() {
    let (server, client) = start().await;
    server.api(|api| api.sells_instead = Some("33554530001"));
    let other = supplied("33554530001", None, None);
    let bought = client.buy(&request(chosen("33554530000", false))).await;
    assert_eq!(bought, Ok(Purchase::Bought(vec![other])));
    server.api(|api| api.sells_instead = Some("33554530002"));
    let other = supplied("33554530002", None, Some(price("1", "2")));
    let v3 = v3_client(&server.url(), TIMEOUT, None);
    assert_eq!(v3.buy(&request(priced())).await, Ok(Purchase::Bought(vec![other])));
}

#[tokio::test]
async fn a_release_that_is_not_confirmed_is_checked() {
    let (server, client) = start().await;
    client.buy(&request(chosen("33554530000", false))).await.unwrap();
    let ours = OwnedNumber {
        number: number("33554530000"),
        reference: None,
    };
    let instead = |body: Value| Trouble::Answers(ApiAnswer::json(200, &body)).instead();
    let refusing = json!({"DATA": [{"RETURN": -165}]});
    server.faults(vec![instead(refusing.clone())]);
    let refused = clean(client.give_back(&ours).await);
    assert!(matches!(refused, Err(CallFailure::Refused(_))), "{refused:?}");
    // Neither call tells.
    let unclear = json!({"DATA": [{"RETURN": -1}]});
    server.faults(vec![instead(refusing), instead(unclear)]);
    let unconfirmed = clean(client.give_back(&ours).await);
    assert!(matches!(unconfirmed, Err(CallFailure::NoAnswer(_))), "{unconfirmed:?}");
    assert_eq!(client.give_back(&ours).await, Ok(()));
}

#[tokio::test]
async fn numbers_for_sale_receive_sms() {
    let spellings: [&[&str]; 3] = [&["ISOCODE"], &["CountryCode", "CountryID"], &["CountryCode"]];
    for areas_by in spellings {
        let (server, client) = start().await;
        server.api(|api| api.areas_by = areas_by);
        for prefix in ["33", "335", "33554", "335545", "3355453"] {
            let found = client.search(&search("FR", prefix)).await.unwrap();
            let digits: Vec<String> = found.iter().map(|offer| offer.number.digits()).collect();
            assert_eq!(
                digits,
                ["33554530000", "33554530001", "33554530003"],
                "{areas_by:?} {prefix}"
            );
            assert!(
                found
                    .iter()
                    .all(|offer| offer.receives_sms && offer.price == price("1", "2"))
            );
        }
    }
    let (server, client) = start().await;
    let narrow = OfferSearch {
        contains: Some("0001".to_owned()),
        limit: 1,
        ..search("FR", "33")
    };
    assert_eq!(client.search(&narrow).await.unwrap().len(), 1);
    server.api(|api| api.for_sale.clear());
    assert_eq!(client.search(&search("FR", "33")).await, Ok(Vec::new()), "the row -100");
    assert_eq!(
        client.search(&search("SE", "46")).await,
        Ok(Vec::new()),
        "not a country of theirs"
    );
}

#[tokio::test]
async fn v3_rents_with_its_options() {
    for text_codes in [false, true] {
        let (server, _) = start().await;
        server.api(|api| api.text_codes = text_codes);
        let client = v3_client(&server.url(), TIMEOUT, None);
        let mut request = request(priced());
        request.options = vec![
            ("ringtype".to_owned(), "1".to_owned()),
            ("autorenew".to_owned(), "1".to_owned()),
        ];
        client.buy(&request).await.unwrap();
        let calls = server.calls();
        let uuid = "4f79d0a734aa3ce0d9f127f66a3d80a3";
        assert_eq!(calls[0].path(), ["v3", "rentnumber", "33554530000", uuid]);
        let sent = fields(&calls[0]).unwrap();
        for (name, value) in [
            ("ringtype", "1"),
            ("autorenew", "1"),
            ("description", "leaseline-31"),
            ("smsuri", SMS_URL),
            ("smsringtype", "2"),
        ] {
            assert_eq!(field(&sent, name), Some(value), "{name}");
        }
        assert_eq!(
            reaction(client.buy(&request).await),
            Reaction::OtherNumber,
            "it is sold"
        );
        assert_eq!(server.sold().len(), 1);
    }
}

#[tokio::test]
async fn v3_restores_ten_at_a_time() {
    let (server, _) = start().await;
    let client = v3_client(&server.url(), TIMEOUT, None);
    let numbers: Vec<_> = (0..23).map(|index| number(&format!("335545300{index:02}"))).collect();
    server.api(|api| {
        api.reserved
            .extend(numbers.iter().skip(3).map(|number| number.digits()))
    });
    let restored = clean(client.restore(&numbers).await).unwrap();
    assert_eq!(restored.len(), 23);
    assert_eq!(restored.iter().filter(|(_, result)| result.is_ok()).count(), 20);
    let calls = server.calls();
    let sizes = calls.iter().map(|call| {
        let body: Value = serde_json::from_slice(&call.body).unwrap();
        body["numbers"].as_array().map_or(0, Vec::len)
    });
    assert_eq!(sizes.collect::<Vec<_>>(), [10, 10, 3]);
}
