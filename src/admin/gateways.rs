//! Gateways: set up, changed, listed. A token is shown once, when its gateway is set up.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::json;

use super::Door;
use super::auth::Admin;
use super::body::Fields;
use super::page::{Page, Parameters};
use super::path::Named;
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::domain::gateway::{GatewayName, GatewaySettings, HeartbeatTimeout, NAME_CHARACTERS_MAX};
use crate::flow::change_gateway::{GatewayChange, change_gateway};
use crate::flow::create_gateway::{NotCreated, create_gateway};
use crate::flow::views::{self, ListedGateway};

#[derive(Serialize)]
struct Item {
    name: String,
    capacity: Option<u32>,
    heartbeat_timeout: Option<String>,
    online: bool,
    last_heartbeat: Option<String>,
    numbers: i64,
    rented: i64,
    created_at: String,
}

fn item(gateway: &ListedGateway) -> Item {
    let timeout = |timeout: HeartbeatTimeout| humantime::format_duration(timeout.span()).to_string();
    Item {
        name: gateway.name.to_string(),
        capacity: gateway.settings.capacity,
        heartbeat_timeout: gateway.settings.heartbeat_timeout.map(timeout),
        online: gateway.online,
        last_heartbeat: gateway.heartbeat_at.map(rfc3339),
        numbers: gateway.numbers,
        rented: gateway.rented,
        created_at: rfc3339(gateway.created_at),
    }
}

pub(super) async fn list(State(door): State<Door>, _: Admin, mut query: Parameters) -> Result<Response, Problem> {
    let page: Page<String> = query.page("gateways")?;
    query.end()?;
    let after = page.after.as_deref().unwrap_or_default();
    let rows = views::gateways(&door.flows, after, page.rows()).await?;
    Ok(page.answer(&rows, |last| last.name.to_string(), item))
}

pub(super) async fn create(State(door): State<Door>, _: Admin, mut fields: Fields) -> Result<Response, Problem> {
    let name = fields.text("name", NAME_CHARACTERS_MAX)?;
    let name = GatewayName::parse(&name).map_err(|error| Problem::bad(format!("name {error}")))?;
    let change = change(fields)?;
    let settings = GatewaySettings {
        capacity: change.capacity.flatten(),
        heartbeat_timeout: change.heartbeat_timeout.flatten(),
    };
    let flows = &door.flows;
    let created = create_gateway(&flows.database, &flows.clock, &flows.chance, &name, &settings).await;
    let token = created.map_err(|reason| match reason {
        NotCreated::NameTaken => Problem::conflict("name: there is a gateway of that name already"),
        NotCreated::Storage(error) => error.into(),
    })?;
    let token = token.expose_secret();
    let url = format!("{}/in/{token}", door.gateway_base);
    let body = json!({ "name": name.as_str(), "token": token, "url": url });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

pub(super) async fn patch(
    State(door): State<Door>,
    _: Admin,
    Named(name): Named<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let changed = change_gateway(&door.flows.database, &door.flows.clock, &name, change(fields)?).await?;
    let changed = changed.ok_or_else(|| Problem::not_found("there is no gateway of that name"))?;
    Ok(Json(item(&changed)).into_response())
}

/// The bounds in a request; nothing else may be left in it.
fn change(mut fields: Fields) -> Result<GatewayChange, Problem> {
    let capacity = fields.count("capacity")?;
    let heartbeat_timeout = match fields.span("heartbeat_timeout")? {
        None => None,
        Some(None) => Some(None),
        Some(Some(span)) => {
            let timeout = HeartbeatTimeout::new(span);
            Some(Some(
                timeout.map_err(|error| Problem::bad(format!("heartbeat_timeout {error}")))?,
            ))
        }
    };
    fields.end()?;
    Ok(GatewayChange {
        capacity,
        heartbeat_timeout,
    })
}
