//! Gateways: created, listed, changed, deleted. A token is shown once, when it is created; secrets are never shown.

mod adapter;
mod request;

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::AdminApi;
use super::auth::AdminCaller;
use super::body::{BoundedDuration, JsonBody, OptionalJsonBody};
use super::page::{Page, QueryParameters};
use super::path::PathParam;
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::domain::gateway::{GatewayName, GatewaySettings, HeartbeatTimeout, ListedGateway, OLD_TOKEN_AGE_MAX};
use crate::flow::Flows;
use crate::flow::change_gateway::ChangeGatewayError;
use crate::flow::create_gateway::CreateGatewayError;
use crate::flow::delete_gateway::DeleteGatewayError;
use crate::flow::rotate_token::RotateTokenError;
use crate::gateway::settings::{AdapterSettings, UnreadableSettings};
use crate::gateway::setup::instructions;
use request::GatewayRequest;

#[derive(Serialize)]
struct GatewayDto {
    name: String,
    #[serde(flatten)]
    adapter: adapter::AdapterSettingsDto,
    enabled: bool,
    capacity: Option<u32>,
    heartbeat_timeout: Option<String>,
    /// The networks that its requests come from; none: from everywhere.
    allow: Vec<String>,
    online: bool,
    last_heartbeat: Option<String>,
    numbers: i64,
    rented: i64,
    repetitions: i64,
    reused_ids: i64,
    /// When each of its older tokens expires.
    old_tokens: Vec<String>,
    /// SMS refused while it was disabled, since the start of the server.
    refused_since_start: u64,
    created_at: String,
}

fn gateway_dto(flows: &Flows, gateway: &ListedGateway) -> Result<GatewayDto, UnreadableSettings> {
    let settings = AdapterSettings::load(&gateway.adapter)?;
    let timeout = |timeout: HeartbeatTimeout| humantime::format_duration(timeout.duration()).to_string();
    Ok(GatewayDto {
        name: gateway.name.to_string(),
        adapter: settings.into(),
        enabled: gateway.settings.enabled,
        capacity: gateway.settings.capacity,
        heartbeat_timeout: gateway.settings.heartbeat_timeout.map(timeout),
        allow: gateway.settings.allow.texts().collect(),
        online: gateway.online,
        last_heartbeat: gateway.heartbeat_at.map(rfc3339),
        numbers: gateway.numbers,
        rented: gateway.rented,
        repetitions: gateway.repetitions,
        reused_ids: gateway.reused_ids,
        old_tokens: gateway.old_tokens.iter().copied().map(rfc3339).collect(),
        refused_since_start: flows.refused_since_start(gateway.id),
        created_at: rfc3339(gateway.created_at),
    })
}

pub(super) async fn list(
    State(api): State<AdminApi>,
    _: AdminCaller,
    mut query: QueryParameters,
) -> Result<Response, Problem> {
    let page: Page<String> = query.page("gateways")?;
    query.end()?;
    let after = page.after.as_deref().unwrap_or_default();
    let flows = &api.flows;
    let rows = flows.list_gateways(after, page.rows()).await?;
    let dtos: Result<Vec<_>, _> = rows.iter().map(|row| gateway_dto(flows, row)).collect();
    Ok(page.answer(&dtos?, |last| last.name.clone(), |dto| dto))
}

fn unknown() -> Problem {
    Problem::not_found("there is no gateway of that name")
}

pub(super) async fn find(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(name): PathParam<String>,
) -> Result<Response, Problem> {
    shown(&api.flows, &name).await
}

/// The answer with the current gateway.
async fn shown(flows: &Flows, name: &str) -> Result<Response, Problem> {
    let gateway = flows.find_gateway(name).await?;
    let gateway = gateway.ok_or_else(unknown)?;
    Ok(Json(gateway_dto(flows, &gateway)?).into_response())
}

pub(super) async fn create(
    State(api): State<AdminApi>,
    _: AdminCaller,
    JsonBody(mut request): JsonBody<GatewayRequest>,
) -> Result<Response, Problem> {
    let name = request.name.take().ok_or_else(|| Problem::bad("name is missing"))?;
    let (patch, adapter) = request.patches()?;
    let settings = patch.settings(&GatewaySettings::default());
    let adapter = adapter.apply(AdapterSettings::default());
    let checked = adapter.checked().map_err(|invalid| Problem::bad(invalid.to_string()))?;
    let created = api.flows.create_gateway(&name, &settings, &checked).await;
    let token = created.map_err(|reason| match reason {
        CreateGatewayError::NameTaken => Problem::conflict("name: there is a gateway of that name already"),
        CreateGatewayError::Storage(error) => error.into(),
    })?;
    let body = created_response(&name, &adapter, token.expose_secret(), &api.gateway_base);
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// The answer with a new gateway: its token is shown only here.
fn created_response(name: &GatewayName, adapter: &AdapterSettings, token: &str, gateway_base: &str) -> Value {
    let url = url_with(token, gateway_base);
    json!({ "name": name.as_str(), "token": token, "url": url, "setup": instructions(name, adapter, &url) })
}

/// The URL that the gateway's program calls.
fn url_with(token: &str, gateway_base: &str) -> String {
    format!("{gateway_base}/in/{token}")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RotateRequest {
    keep_old: Option<BoundedDuration<0, { OLD_TOKEN_AGE_MAX.as_secs() }>>,
}

/// Creates a new token; older ones stay valid for `keep_old`, or expire at once.
pub(super) async fn rotate(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(name): PathParam<String>,
    OptionalJsonBody(RotateRequest { keep_old }): OptionalJsonBody<RotateRequest>,
) -> Result<Response, Problem> {
    let keep_old = keep_old.map_or(Duration::ZERO, |BoundedDuration(duration)| duration);
    let rotated = api.flows.rotate_token(&name, keep_old).await;
    let token = rotated.map_err(|refused| match refused {
        RotateTokenError::Unknown => unknown(),
        RotateTokenError::OfSupplier => Problem::conflict(refused.to_string()),
        RotateTokenError::TooManyOldTokens => Problem::conflict(format!("keep_old: {refused}")),
        RotateTokenError::Storage(error) => error.into(),
    })?;
    let token = token.expose_secret();
    let url = url_with(token, &api.gateway_base);
    Ok((StatusCode::CREATED, Json(json!({ "token": token, "url": url }))).into_response())
}

pub(super) async fn delete(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(name): PathParam<String>,
) -> Result<StatusCode, Problem> {
    let deleted = api.flows.delete_gateway(&name).await;
    deleted.map_err(|refused| match refused {
        DeleteGatewayError::Unknown => unknown(),
        DeleteGatewayError::HasNumbers | DeleteGatewayError::OfSupplier => Problem::conflict(refused.to_string()),
        DeleteGatewayError::Storage(error) => error.into(),
    })?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn patch(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(name): PathParam<String>,
    JsonBody(request): JsonBody<GatewayRequest>,
) -> Result<Response, Problem> {
    if request.name.is_some() {
        return Err(Problem::bad(
            "name is not a field of this request: a gateway keeps its name",
        ));
    }
    let flows = &api.flows;
    let (mut patch, adapter) = request.patches()?;
    patch.adapter = Some(adapter.into_change());
    let changed = flows.change_gateway(&name, patch).await;
    changed.map_err(|refused| match refused {
        ChangeGatewayError::Unknown => unknown(),
        ChangeGatewayError::InvalidSettings(message) => Problem::bad(message),
        ChangeGatewayError::Storage(error) => error.into(),
    })?;
    // Read outside the write transaction, so that no rental waits for it.
    shown(flows, &name).await
}
