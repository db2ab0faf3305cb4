//! A gateway says that it lives.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::auth::Caller;
use super::{Door, Refusal};
use crate::flow::gateways;

pub(super) async fn receive(State(door): State<Arc<Door>>, Caller(gateway): Caller) -> Result<StatusCode, Refusal> {
    let flows = &door.flows;
    gateways::heartbeat(&flows.database, &flows.clock, gateway.id).await?;
    Ok(StatusCode::OK)
}
