//! How the SMS of a number come to us, a row for each wholesaler whose API sets that up after the purchase: every step may
//! fail, and is repeated from the first one.

use leaseline::domain::purchase::ability::Ability;
use leaseline::domain::purchase::outcome::{CallFailure, Reaction, WiringState};
use leaseline::domain::purchase::request::OwnedNumber;
use leaseline::supplier::Supplier as _;
use leaseline::supplier::carrierx::CarrierX;
use serde_json::json;

use super::row::{carrierx_client, chosen, rows};
use super::{SMS_URL, TIMEOUT, clean, number, request};
use crate::support::suppliers::carrierx::CarrierXApi;
use crate::support::suppliers::{ApiAnswer, Fault, Trouble, Wholesaler, WholesalerControl as _};

/// Address, messaging as it is, switched on, and read again.
const STEPS: usize = 4;

/// A number that is rented, and not wired.
async fn rented() -> (Wholesaler<CarrierXApi>, CarrierX, OwnedNumber) {
    let server = Wholesaler::start(CarrierXApi::default()).await;
    let client = carrierx_client(&server.url(), TIMEOUT);
    client.buy(&request(chosen("15162065571", false))).await.unwrap();
    let owned = OwnedNumber {
        number: number("15162065571"),
        reference: Some("sid-1".to_owned()),
    };
    (server, client, owned)
}

fn at(step: usize, acts: bool, trouble: Trouble) -> Vec<Option<Fault>> {
    let mut faults = vec![None; step];
    faults.push(Some(Fault { acts, trouble }));
    faults
}

#[tokio::test]
async fn only_carrierx_sets_sms_up_after_the_purchase() {
    for row in rows(TIMEOUT).await {
        let offers = row.supplier.abilities().contains(&Ability::Wire);
        assert_eq!(offers, row.name.starts_with("carrierx"), "{}", row.name);
        if !offers {
            let wired = row.supplier.wire(&row.owned, SMS_URL).await;
            assert_eq!(wired, Err(CallFailure::NotOffered), "{}", row.name);
            assert!(row.server.calls().is_empty(), "{}", row.name);
        }
    }
}

#[tokio::test]
async fn a_step_whose_answer_is_lost_is_repeated() {
    for (step, acts) in (0..STEPS).flat_map(|step| [(step, true), (step, false)]) {
        let (server, client, owned) = rented().await;
        server.faults(at(step, acts, Trouble::HangsUp));
        let lost = clean(client.wire(&owned, SMS_URL).await);
        assert!(matches!(lost, Err(CallFailure::NoAnswer(_))), "{step} {acts}: {lost:?}");
        assert_eq!(
            client.wire(&owned, SMS_URL).await,
            Ok(WiringState::InProgress),
            "{step} {acts}"
        );
        server.api(|api| api.finish_messaging("enabled"));
        assert_eq!(
            client.wire(&owned, SMS_URL).await,
            Ok(WiringState::Done),
            "{step} {acts}"
        );
        server.api(|api| assert_eq!(api.rented[0]["callback_url"], json!(SMS_URL)));
    }
}

#[tokio::test]
async fn each_status_of_a_step_has_its_meaning() {
    let (server, client, owned) = rented().await;
    for step in 0..STEPS {
        for (status, reaction) in [
            (401, Some(Reaction::PauseUntilResumed)),
            (403, Some(Reaction::PauseUntilResumed)),
            (429, Some(Reaction::PauseForAWhile)),
            (409, Some(Reaction::RetryWithBackoff)),
            (400, Some(Reaction::BadRequest)),
            (415, Some(Reaction::BadRequest)),
            (500, None),
            (302, None),
        ] {
            server.api(|api| api.rented[0]["messaging"] = json!("disabled"));
            server.faults(at(step, false, Trouble::Answers(ApiAnswer::empty(status))));
            let found = match clean(client.wire(&owned, SMS_URL).await) {
                Err(CallFailure::Refused(refusal)) => Some(refusal.reaction),
                Err(CallFailure::NoAnswer(_)) => None,
                other => panic!("step {step}, {status}: {other:?}"),
            };
            assert_eq!(found, reaction, "step {step}, {status}");
        }
        for status in [404, 422] {
            server.api(|api| api.rented[0]["messaging"] = json!("disabled"));
            server.faults(at(step, false, Trouble::Answers(ApiAnswer::empty(status))));
            let failed = clean(client.wire(&owned, SMS_URL).await);
            assert!(
                matches!(failed, Ok(WiringState::Failed(_))),
                "step {step}, {status}: {failed:?}"
            );
        }
    }
}

/// A word that is not documented is no yes and no no.
#[tokio::test]
async fn a_state_of_messaging_that_is_not_known_is_waited_for() {
    let (server, client, owned) = rented().await;
    for status in [json!("in_progress"), json!("reviewing"), json!(null)] {
        server.api(|api| api.rented[0]["messaging"] = status.clone());
        let state = client.wire(&owned, SMS_URL).await;
        assert_eq!(state, Ok(WiringState::InProgress), "{status}");
    }
    let posts = server.calls().iter().filter(|call| call.method == "POST").count();
    assert_eq!(posts, 1, "the purchase alone");
}
