//! CarrierX refuses a number that is ours already.

use leaseline::domain::purchase::outcome::{CallFailure, CallResult, Purchase, Reaction};
use leaseline::supplier::Supplier as _;
use serde_json::json;

use super::carrierx::start;
use super::row::chosen;
use super::{clean, request};
use crate::support::suppliers::{ApiAnswer, Trouble, WholesalerControl as _};

/// An attempt before it, which a look-up did not find yet, may be the reason why a number is not for sale.
#[tokio::test]
async fn rule_13_a_number_that_is_refused_because_it_is_ours_is_ours() {
    for status in [404, 409, 422] {
        let (server, client) = start().await;
        let own = request(chosen("15162065571", false));
        let external = request(chosen("46501818082", true));
        for request in [&own, &external] {
            client.buy(request).await.unwrap();
            let refusal = || Trouble::Answers(ApiAnswer::empty(status)).instead();
            server.faults(vec![refusal()]);
            let again = clean(client.buy(request).await);
            assert!(
                matches!(again, Ok(Purchase::Bought(_) | Purchase::Pending(_))),
                "{status}: {again:?}"
            );
            // A list that cannot tell decides nothing.
            server.faults(vec![refusal(), refusal()]);
            let unclear = clean(client.buy(request).await);
            assert!(
                matches!(unclear, Err(CallFailure::NoAnswer(_))),
                "{status}: {unclear:?}"
            );
        }
        // Of another line, and of nobody: another number is chosen.
        server.api(|api| api.rented[0]["attributes"] = json!({"leaseline": "leaseline-30"}));
        let not_ours = clean(client.buy(&own).await);
        assert!(is_no(&not_ours), "{not_ours:?}");
        server.api(|api| api.rented.clear());
        let not_ours = clean(client.buy(&own).await);
        assert!(is_no(&not_ours), "{not_ours:?}");
    }
}

/// Whether another number is chosen then.
fn is_no(answer: &CallResult<Purchase>) -> bool {
    matches!(answer, Err(CallFailure::Refused(refusal)) if refusal.reaction == Reaction::OtherNumber)
}
