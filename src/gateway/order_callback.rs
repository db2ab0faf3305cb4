//! A supplier reports that it filled an order. The token is that of the supplier's gateway; the line is the first one of the
//! order.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;

use super::auth::GatewayCaller;
use super::{GatewayApi, GatewayError};
use crate::domain::purchase::LineId;

pub(super) async fn handle(
    State(api): State<Arc<GatewayApi>>,
    GatewayCaller(gateway): GatewayCaller,
    Path((_, line)): Path<(String, String)>,
    body: Result<Bytes, BytesRejection>,
) -> Result<StatusCode, GatewayError> {
    let body = body.map_err(|rejection| {
        let status = rejection.into_response().status();
        GatewayError::Bad(status, "the body cannot be read, or is larger than 64 KiB".to_owned())
    })?;
    let unknown = || GatewayError::Bad(StatusCode::NOT_FOUND, "the order has no such line".to_owned());
    let line = line.parse().map_err(|_| unknown())?;
    match api.flows.accept_callback(gateway.id, LineId(line), &body).await? {
        true => Ok(StatusCode::OK),
        false => Err(unknown()),
    }
}
