//! A gateway says that it lives.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::Refusal;
use super::auth::Caller;
use crate::flow::{Flows, gateways};

pub(super) async fn receive(State(flows): State<Arc<Flows>>, Caller(gateway): Caller) -> Result<StatusCode, Refusal> {
    gateways::heartbeat(&flows.database, &flows.clock, gateway).await?;
    Ok(StatusCode::OK)
}
