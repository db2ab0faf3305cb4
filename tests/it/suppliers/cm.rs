//! What only CM.com has: orders that people fill.

use leaseline::domain::purchase::outcome::{CallFailure, Ownership, PendingRequest, Purchase, Reaction, RequestState};
use leaseline::domain::purchase::request::{AreaSelection, Selection};
use leaseline::supplier::Supplier as _;
use leaseline::supplier::cm::Cm;
use serde_json::{Value, json};

use super::row::{area, cm_client};
use super::{STATUS_URL, TIMEOUT, clean, price, request, supplied};
use crate::support::suppliers::cm::CmApi;
use crate::support::suppliers::{ApiAnswer, Trouble, Wholesaler, WholesalerControl as _};

async fn start() -> (Wholesaler<CmApi>, Cm) {
    let server = Wholesaler::start(CmApi::default()).await;
    let client = cm_client(&server.url(), TIMEOUT);
    (server, client)
}

fn other_orders(api: &mut CmApi, count: usize) {
    for index in 0..count {
        let comment = format!("leaseline-{}", 310 + index);
        api.requests
            .push(json!({"id": format!("other-{index}"), "status": "Completed", "comment": comment}));
    }
}

#[tokio::test]
async fn an_order_carries_the_mark_and_the_callback() {
    let (server, client) = start().await;
    let selection = Selection::Area(AreaSelection {
        quantity: 3,
        city: Some("Amsterdam".to_owned()),
        comment: Some("for the desk".to_owned()),
        ..AreaSelection::default()
    });
    client.buy(&request(selection)).await.unwrap();
    let sent: Value = serde_json::from_slice(&server.calls()[0].body).unwrap();
    let comment = "leaseline-31 for the desk";
    assert_eq!(
        sent,
        json!({"quantity": 3, "city": "Amsterdam", "comment": comment, "callbackUrl": STATUS_URL})
    );
}

#[tokio::test]
async fn an_order_waits_until_it_is_filled_or_refused() {
    let (server, client) = start().await;
    client.buy(&request(area(2))).await.unwrap();
    client.buy(&request(area(1))).await.unwrap();
    assert_eq!(client.read("order-1", None).await, Ok(RequestState::Waiting));
    server.api(|api| {
        api.requests[0]["status"] = json!("a word that nobody knows");
        api.refuse(1, "no such city, see https://x/s3cret");
    });
    assert_eq!(client.read("order-1", None).await, Ok(RequestState::Waiting));
    server.api(|api| api.fill(0, &["3120123456", "+31 20 123 4567"]));
    let filled = ["3120123456", "31201234567"].map(|digits| supplied(digits, None, Some(price("1", "2"))));
    assert_eq!(
        client.read("order-1", None).await,
        Ok(RequestState::Filled(filled.to_vec()))
    );
    let refused = clean(client.read("order-2", None).await);
    assert_eq!(refused, Ok(RequestState::Refused("no such city, see (URL)".to_owned())));
    // The path is inferred, so that 404 says nothing of the order; nor does an order that is filled with nothing.
    assert_eq!(
        client.read("order-3", None).await,
        Err(CallFailure::NoAnswer("HTTP 404".to_owned()))
    );
    server.api(|api| api.fill(0, &[]));
    assert!(matches!(
        client.read("order-1", None).await,
        Err(CallFailure::NoAnswer(_))
    ));
}

#[tokio::test]
async fn an_order_without_an_id_is_found_by_its_comment() {
    for (has_totals, wraps_lists) in [(true, false), (false, false), (true, true), (false, true)] {
        let (server, client) = start().await;
        server.api(|api| {
            api.names_ids = false;
            api.has_totals = has_totals;
            api.wraps_lists = wraps_lists;
            other_orders(api, 10);
        });
        let request = request(area(2));
        assert_eq!(client.look_up(&request).await, Ok(Ownership::NotOurs));
        let unnamed = PendingRequest {
            reference: None,
            number: None,
        };
        assert_eq!(client.buy(&request).await, Ok(Purchase::Pending(unnamed)));
        let named = PendingRequest {
            reference: Some("order-11".to_owned()),
            number: None,
        };
        assert_eq!(client.look_up(&request).await, Ok(Ownership::Pending(named.clone())));
        server.api(|api| api.refuse(10, "no"));
        assert_eq!(
            client.look_up(&request).await,
            Ok(Ownership::Pending(named)),
            "then it is read"
        );
        server.api(|api| api.fill(10, &["3120123456"]));
        let filled = supplied("3120123456", None, Some(price("1", "2")));
        assert_eq!(client.look_up(&request).await, Ok(Ownership::Ours(vec![filled])));
    }
}

#[tokio::test]
async fn a_list_that_does_not_tell_leaves_the_order_unknown() {
    let (server, client) = start().await;
    let request = request(area(2));
    let answer = |body: Value| ApiAnswer::json(200, &body);
    let without_comments = json!([{"id": "order-1", "status": "Completed"}]);
    let refused_without_id = json!([{"status": "Rejected", "reason": "no", "comment": "leaseline-31"}]);
    let twice = json!([{"id": 1, "comment": "leaseline-31"}, {"id": 2, "comment": "leaseline-31"}]);
    for answers in [
        vec![answer(without_comments), answer(json!([]))],
        vec![answer(refused_without_id), answer(json!([]))],
        vec![answer(twice), answer(json!([]))],
        // `skip` is ignored.
        vec![answer(json!([{"comment": null}])), answer(json!([{"comment": null}]))],
        // It ends before its end.
        vec![answer(json!([])).with_header("x-cm-pagination-total", "1")],
        vec![answer(json!({"error": "x"}))],
        vec![ApiAnswer::empty(404)],
    ] {
        let name = format!("{answers:?}");
        let faults = answers.into_iter().map(|answer| Trouble::Answers(answer).instead());
        server.faults(faults.collect());
        let found = clean(client.look_up(&request).await);
        assert!(matches!(found, Ok(Ownership::Unclear(_))), "{name}: {found:?}");
    }
    assert_eq!(
        client.look_up(&request).await,
        Ok(Ownership::NotOurs),
        "all answers were used"
    );
}

#[tokio::test]
async fn an_order_that_breaks_a_rule_is_not_sent() {
    let (server, client) = start().await;
    let nowhere = Selection::Area(AreaSelection {
        quantity: 1,
        ..AreaSelection::default()
    });
    for selection in [area(0), area(1001), nowhere] {
        let Err(CallFailure::Refused(refusal)) = client.buy(&request(selection)).await else {
            panic!("it is refused")
        };
        assert_eq!(refusal.reaction, Reaction::BadRequest);
    }
    assert!(server.calls().is_empty());
    // An empty answer is one, too: the status code of success is not documented.
    server.faults(vec![Trouble::Answers(ApiAnswer::empty(202)).afterwards()]);
    let accepted = client.buy(&request(area(1000))).await;
    assert!(matches!(
        accepted,
        Ok(Purchase::Pending(PendingRequest { reference: None, .. }))
    ));
}
