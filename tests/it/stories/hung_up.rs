//! An admin who hangs up while a gateway is being changed: what the server has in memory of it is what is stored, at any time
//! at which that can happen.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use leaseline::domain::gateway::token::hash;
use leaseline::flow::Flows;
use leaseline::flow::change_gateway::GatewayPatch;
use leaseline::gateway::directory::GatewayDirectory;
use leaseline::storage::gateways::tokens::owner_of;

use crate::support::{TestServer, seconds};

/// Waits for the work that many times, then drops it; whether it was done before.
async fn hang_up(work: impl Future, waits: u32) -> bool {
    let mut work = pin!(work);
    let mut left = waits;
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(true),
        Poll::Pending if left == 0 => Poll::Ready(false),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

/// Whether the token's gateway is enabled, if there is one: as the server remembers it.
async fn remembered(gateways: &GatewayDirectory, token: &str) -> Option<bool> {
    let found = gateways.find(token).await;
    found.unwrap().map(|known| known.enabled)
}

/// The same as it is stored.
async fn stored(server: &TestServer, token: &str) -> Option<bool> {
    let mut session = server.app().database.read().await.unwrap();
    let owner = owner_of(&mut session, &hash(token), server.clock.now()).await.unwrap();
    owner.map(|owner| owner.enabled)
}

/// Does it to a gateway of its own, hanging up after one step, two steps and so on, until it is done before.
async fn hanging_up_at_each_step(kind: &str, work: impl AsyncFn(&Flows, &str)) {
    let server = TestServer::build().await;
    let (flows, gateways) = (&server.app().flows, &server.app().gateways);
    for waits in 0.. {
        let name = format!("{kind}{waits}");
        let gateway = server.gateway(&name).await;
        assert_eq!(remembered(gateways, &gateway.token).await, Some(true));
        let is_done = hang_up(work(flows, &name), waits).await;
        // The next writer comes after the end of the change, committed or not.
        server.app().database.write().await.unwrap().rollback().await.unwrap();
        let remembers = remembered(gateways, &gateway.token).await;
        assert_eq!(remembers, stored(&server, &gateway.token).await, "{name}");
        if is_done {
            assert_ne!(remembers, Some(true), "{name}: it was changed");
            assert!(waits > 0, "it waited");
            break;
        }
    }
    server.close().await;
}

#[tokio::test]
async fn a_change_that_nobody_waits_for_is_known() {
    hanging_up_at_each_step("change", async |flows, name| {
        let disabled = GatewayPatch {
            enabled: Some(false),
            ..GatewayPatch::default()
        };
        flows.change_gateway(name, disabled).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_token_that_is_revoked_while_nobody_waits_is_refused() {
    hanging_up_at_each_step("rotate", async |flows, name| {
        flows.rotate_token(name, seconds(0)).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_gateway_that_is_deleted_while_nobody_waits_is_unknown() {
    hanging_up_at_each_step("delete", async |flows, name| {
        flows.delete_gateway(name).await.unwrap();
    })
    .await;
}
