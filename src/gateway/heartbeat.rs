//! The heartbeat of a gateway.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;

use super::auth::GatewayCaller;
use super::{GatewayApi, GatewayError};

pub(super) async fn handle(
    State(api): State<Arc<GatewayApi>>,
    GatewayCaller(gateway): GatewayCaller,
) -> Result<StatusCode, GatewayError> {
    api.flows.heartbeat(gateway.id).await?;
    Ok(StatusCode::OK)
}
