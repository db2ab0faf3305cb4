//! A gateway says that it lives.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::auth::GatewayCaller;
use super::{GatewayApi, GatewayError};
use crate::flow::gateways;

pub(super) async fn handle(
    State(api): State<Arc<GatewayApi>>,
    GatewayCaller(gateway): GatewayCaller,
) -> Result<StatusCode, GatewayError> {
    let flows = &api.flows;
    gateways::heartbeat(&flows.database, &flows.clock, gateway.id).await?;
    Ok(StatusCode::OK)
}
