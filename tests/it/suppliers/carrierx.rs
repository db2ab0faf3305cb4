//! What only CarrierX has: lists with filters and pages, messaging, numbers of other providers, marks.

use leaseline::domain::purchase::outcome::{CallFailure, Ownership, Purchase, Reaction, RequestState, WiringState};
use leaseline::domain::purchase::request::{FilterField, FilterPart, OfferSearch, OwnedNumber, Selection};
use leaseline::supplier::Supplier as _;
use leaseline::supplier::carrierx::CarrierX;
use serde_json::{Value, json};

use super::row::{carrierx_client, chosen};
use super::{SMS_URL, TIMEOUT, clean, number, price, request, search, supplied};
use crate::support::suppliers::carrierx::{CarrierXApi, did};
use crate::support::suppliers::{ApiAnswer, Fault, Trouble, Wholesaler, WholesalerControl as _};

pub(super) async fn start() -> (Wholesaler<CarrierXApi>, CarrierX) {
    let server = Wholesaler::start(CarrierXApi::default()).await;
    let client = carrierx_client(&server.url(), TIMEOUT);
    (server, client)
}

fn owned(digits: &str, sid: Option<&str>) -> OwnedNumber {
    OwnedNumber {
        number: number(digits),
        reference: sid.map(str::to_owned),
    }
}

/// A rented number that was not bought by us.
fn rented(index: usize) -> Value {
    let digits = (15_000_000_000_u64 + u64::try_from(index).unwrap()).to_string();
    let mut did = did(&format!("other-{index}"), &digits, "USA", 7, "assigned");
    did["messaging"] = json!("disabled");
    did
}

fn answers(body: &Value) -> Vec<Option<Fault>> {
    vec![Trouble::Answers(ApiAnswer::json(200, body)).instead()]
}

#[tokio::test]
async fn a_purchase_sends_all_that_finds_it_again() {
    let (server, client) = start().await;
    client.buy(&request(chosen("15162065571", false))).await.unwrap();
    client.buy(&request(Selection::Random)).await.unwrap();
    let part = FilterPart {
        field: FilterField::State,
        value: "NY".to_owned(),
    };
    client.buy(&request(Selection::Filter(vec![part]))).await.unwrap();
    client.buy(&request(chosen("46501818082", true))).await.unwrap();
    let calls = server.calls();
    let sent: Vec<Value> = calls
        .iter()
        .map(|call| serde_json::from_slice(&call.body).unwrap())
        .collect();
    let attributes = json!({"leaseline": "leaseline-31"});
    let of_number = |digits: &str| json!({"phonenumber": digits, "callback_url": SMS_URL, "attributes": attributes});
    let any = json!({"callback_url": SMS_URL, "attributes": attributes});
    assert_eq!(
        sent,
        [of_number("15162065571"), any.clone(), any, of_number("46501818082")]
    );
    assert_eq!(calls[0].query, []);
    assert_eq!(calls[2].parameter("filter"), Some("state eq \"NY\""));
    assert_eq!(calls[3].parameter("include_external"), Some("true"));
}

#[tokio::test]
async fn a_number_of_another_provider_waits_until_it_is_assigned() {
    let (server, client) = start().await;
    server.api(|api| api.external_conflicts = 1);
    let request = request(chosen("46501818082", true));
    let Err(CallFailure::Refused(refusal)) = clean(client.buy(&request).await) else {
        panic!("it cannot be processed at the moment")
    };
    assert_eq!(refusal.reaction, Reaction::RetryWithBackoff);
    assert!(matches!(client.buy(&request).await, Ok(Purchase::Pending(_))));
    assert_eq!(client.read("sid-1", None).await, Ok(RequestState::Waiting));
    assert_eq!(client.owned().await, Ok(Vec::new()), "not ours yet");
    server.api(CarrierXApi::fill_external);
    let filled = supplied("46501818082", Some("sid-1"), Some(price("0", "0.6")));
    assert_eq!(client.read("sid-1", None).await, Ok(RequestState::Filled(vec![filled])));
    // The key is gone, the number is not.
    server.api(|api| api.rented[0]["did_sid"] = json!("sid-9"));
    let listed = supplied("46501818082", Some("sid-9"), Some(price("0", "0.6")));
    let external = Some(number("46501818082"));
    let read = async |number| clean(client.read("sid-1", number).await);
    assert_eq!(read(external).await, Ok(RequestState::Filled(vec![listed])));
    server.api(|api| api.rented.clear());
    for number in [external, None] {
        assert!(matches!(read(number).await, Ok(RequestState::Refused(_))));
    }
    // A key that would address another path is not called.
    assert!(matches!(client.read("..", None).await, Err(CallFailure::NoAnswer(_))));
}

#[tokio::test]
async fn sms_come_when_messaging_is_enabled() {
    let (server, client) = start().await;
    client.buy(&request(chosen("15162065571", false))).await.unwrap();
    let number = owned("15162065571", Some("sid-1"));
    let other_url = "https://partner.example/in/another-s3cret";
    for _ in 0..3 {
        assert_eq!(
            clean(client.wire(&number, other_url).await),
            Ok(WiringState::InProgress)
        );
    }
    let posts = server.calls().iter().filter(|call| call.method == "POST").count();
    assert_eq!(posts, 2, "a purchase, and one change of messaging");
    server.api(|api| api.finish_messaging("enabled"));
    assert_eq!(client.wire(&number, other_url).await, Ok(WiringState::Done));
    assert_eq!(
        client.wire(&owned("15162065571", None), other_url).await,
        Ok(WiringState::Done)
    );
    server.api(|api| {
        assert_eq!(api.rented[0]["callback_url"], json!(other_url));
        api.rented[0]["active_capabilities"] = json!(6);
    });
    assert_eq!(
        client.wire(&number, other_url).await,
        Ok(WiringState::InProgress),
        "not active yet"
    );
}

#[tokio::test]
async fn a_number_without_sms_is_useless() {
    let (server, client) = start().await;
    let failed = |state: &Result<WiringState, CallFailure>| matches!(state, Ok(WiringState::Failed(_)));
    client.buy(&request(chosen("15162065570", false))).await.unwrap();
    let voice_only = clean(client.wire(&owned("15162065570", Some("sid-1")), SMS_URL).await);
    assert!(failed(&voice_only), "{voice_only:?}");
    client.buy(&request(chosen("15162065571", false))).await.unwrap();
    let number = owned("15162065571", Some("sid-2"));
    assert_eq!(client.wire(&number, SMS_URL).await, Ok(WiringState::InProgress));
    server.api(|api| api.finish_messaging("failed"));
    assert!(failed(&clean(client.wire(&number, SMS_URL).await)));
    assert!(
        failed(&client.wire(&owned("15162065572", None), SMS_URL).await),
        "not rented"
    );
    assert!(failed(&client.wire(&owned("15162065572", Some("gone")), SMS_URL).await));
}

#[tokio::test]
async fn numbers_for_sale_can_receive_sms_and_own_ones_come_first() {
    let (server, client) = start().await;
    let digits = |offers: Vec<leaseline::domain::purchase::outcome::Offer>| -> Vec<(String, bool)> {
        let shown = offers
            .into_iter()
            .map(|offer| (offer.number.digits(), offer.is_external));
        shown.collect()
    };
    let own = |last: u32| (format!("1516206557{last}"), false);
    let found = client.search(&search("US", "1516")).await.unwrap();
    assert_eq!(digits(found), [own(1), own(2), own(3)]);
    let narrower = OfferSearch {
        contains: Some("5572".to_owned()),
        ..search("US", "1")
    };
    assert_eq!(digits(client.search(&narrower).await.unwrap()), [own(2)]);
    // Without it, numbers of others are not for sale.
    assert_eq!(client.search(&search("SE", "46")).await, Ok(Vec::new()));
    let external = OfferSearch {
        external: true,
        ..search("SE", "4650")
    };
    let found = digits(client.search(&external).await.unwrap());
    assert_eq!(found, [("46501818082".to_owned(), true)]);
    let filter = server.calls()[1].parameter("filter").map(str::to_owned);
    assert_eq!(
        filter.as_deref(),
        Some("phonenumber like \"1%\" and phonenumber like \"%5572%\"")
    );
}

#[tokio::test]
async fn a_search_reads_pages_until_it_has_enough() {
    let (server, client) = start().await;
    server.api(|api| {
        api.available = (0..95).map(rented).collect();
        for did in &mut api.available {
            did["status"] = json!("available");
        }
        // So that the first page has too few.
        for did in &mut api.available[..15] {
            did["capabilities"] = json!(4);
        }
    });
    let limited = OfferSearch {
        limit: 20,
        ..search("US", "15")
    };
    let found = client.search(&limited).await.unwrap();
    assert_eq!(found.len(), 20);
    assert_eq!(found[0].number.digits(), "15000000015");
    assert_eq!(server.calls().len(), 2);
}

#[tokio::test]
async fn all_rented_numbers_are_listed() {
    let (server, client) = start().await;
    server.api(|api| api.rented = (0..1_203).map(rented).collect());
    assert_eq!(client.owned().await.map(|numbers| numbers.len()), Ok(1_203));
    assert_eq!(server.calls().len(), 3);
    // A word that is not documented does not say that it is gone.
    server.api(|api| {
        for (index, status) in ["aging", "pending_assignment", "suspended"].into_iter().enumerate() {
            api.rented[index]["status"] = json!(status);
        }
    });
    assert_eq!(client.owned().await.map(|numbers| numbers.len()), Ok(1_201));
    // The mark is found through all pages, also when the number is on the last one.
    server.api(|api| api.rented[1_202]["attributes"] = json!({"leaseline": "leaseline-31"}));
    let found = client.look_up(&request(Selection::Random)).await.unwrap();
    let ours = supplied("15000001202", Some("other-1202"), Some(price("0", "0.6")));
    assert_eq!(found, Ownership::Ours(vec![ours]));
}

#[tokio::test]
async fn the_token_does_not_go_to_another_host() {
    let (server, client) = start().await;
    let elsewhere = Wholesaler::start(CarrierXApi::default()).await;
    server.api(|api| {
        api.rented = (0..501).map(rented).collect();
        api.next_origin = Some(elsewhere.url());
    });
    let listed = clean(client.owned().await);
    assert!(matches!(listed, Err(CallFailure::NoAnswer(_))), "{listed:?}");
    let found = clean(client.look_up(&request(Selection::Random)).await);
    assert!(matches!(found, Err(CallFailure::NoAnswer(_))), "{found:?}");
    assert!(elsewhere.calls().is_empty());
}

#[tokio::test]
async fn a_list_that_lacks_numbers_tells_nothing() {
    let (server, client) = start().await;
    for body in [
        json!({"items": [rented(0)], "has_more": false, "pagination": {}, "total": 2}),
        json!({"items": [rented(0)], "has_more": true, "pagination": {}, "total": 1}),
        json!({"items": [{"did_sid": "a"}], "has_more": false}),
        json!({"has_more": false}),
    ] {
        server.faults(answers(&body));
        let listed = clean(client.owned().await);
        assert!(matches!(listed, Err(CallFailure::NoAnswer(_))), "{body}: {listed:?}");
    }
    // A list without an end is left after a while.
    let endless = json!({"items": [], "has_more": true, "pagination": {"next": format!("{}/x", server.url())}});
    for _ in 0..200 {
        server.faults(answers(&endless));
    }
    assert!(matches!(client.owned().await, Err(CallFailure::NoAnswer(_))));
    assert_eq!(server.calls().len(), 204);
}

#[tokio::test]
async fn without_marks_a_random_purchase_may_stay_unknown() {
    let (server, client) = start().await;
    server.api(|api| api.keeps_attributes = false);
    let random = request(Selection::Random);
    assert_eq!(
        client.look_up(&random).await,
        Ok(Ownership::NotOurs),
        "nothing is rented"
    );
    server.api(|api| api.rented = vec![rented(0), rented(1)]);
    assert_eq!(
        client.look_up(&random).await,
        Ok(Ownership::NotOurs),
        "their SMS go elsewhere"
    );
    client.buy(&random).await.unwrap();
    client.buy(&random).await.unwrap();
    let unclear = clean(client.look_up(&random).await);
    assert!(matches!(unclear, Ok(Ownership::Unclear(_))), "{unclear:?}");
    // One of them is another purchase's: the other one is this one's, unless a third purchase is unknown, too.
    let bought = server.api(|api| api.rented[3]["phonenumber"].clone());
    let mut known = request(Selection::Random);
    known.others.numbers.push(number(bought.as_str().unwrap()));
    assert!(matches!(client.look_up(&known).await, Ok(Ownership::Ours(found)) if found.len() == 1));
    known.others.is_another_unknown = true;
    assert!(matches!(client.look_up(&known).await, Ok(Ownership::Unclear(_))));
    // Where marks are kept, a number without one is not of this purchase.
    server.api(|api| api.rented[0]["attributes"] = json!({"leaseline": "leaseline-30"}));
    assert_eq!(client.look_up(&random).await, Ok(Ownership::NotOurs));
}

#[tokio::test]
async fn the_filter_of_a_look_up_may_be_ignored() {
    let (server, client) = start().await;
    let wanted = request(chosen("15162065571", false));
    server.faults(answers(&json!({"items": [rented(0), rented(1)], "has_more": false})));
    assert_eq!(client.look_up(&wanted).await, Ok(Ownership::NotOurs));
    // The one that is missing may be the one.
    server.faults(answers(&json!({"items": [rented(0)], "has_more": false, "total": 2})));
    let unclear = clean(client.look_up(&wanted).await);
    assert!(matches!(unclear, Err(CallFailure::NoAnswer(_))), "{unclear:?}");
}
