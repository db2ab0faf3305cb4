//! Gateways: set up, changed, listed. A token is shown once, when its gateway is set up; secrets are never shown.

mod dialect;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Value, json};

use super::Door;
use super::auth::Admin;
use super::body::Fields;
use super::page::{Page, Parameters};
use super::path::Named;
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::domain::dialect::Dialect;
use crate::domain::gateway::{GatewayName, GatewaySettings, HeartbeatTimeout, NAME_CHARACTERS_MAX};
use crate::flow::change_gateway::{GatewayChange, NotChanged, change_gateway};
use crate::flow::create_gateway::{NotCreated, create_gateway};
use crate::flow::views::{self, ListedGateway};
use crate::gateway::recipe::recipe;

#[derive(Serialize)]
struct Item {
    name: String,
    #[serde(flatten)]
    dialect: dialect::Shown,
    capacity: Option<u32>,
    heartbeat_timeout: Option<String>,
    online: bool,
    last_heartbeat: Option<String>,
    numbers: i64,
    rented: i64,
    repetitions: i64,
    reused_ids: i64,
    created_at: String,
}

fn item(gateway: &ListedGateway) -> Item {
    let timeout = |timeout: HeartbeatTimeout| humantime::format_duration(timeout.span()).to_string();
    Item {
        name: gateway.name.to_string(),
        dialect: dialect::shown(&gateway.dialect),
        capacity: gateway.settings.capacity,
        heartbeat_timeout: gateway.settings.heartbeat_timeout.map(timeout),
        online: gateway.online,
        last_heartbeat: gateway.heartbeat_at.map(rfc3339),
        numbers: gateway.numbers,
        rented: gateway.rented,
        repetitions: gateway.repetitions,
        reused_ids: gateway.reused_ids,
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
    let settings = change.settings(&GatewaySettings::default());
    let dialect = change.dialect.of(Dialect::default());
    let dialect = dialect.map_err(|unfit| Problem::bad(unfit.to_string()))?;
    let flows = &door.flows;
    let created = create_gateway(&flows.database, &flows.clock, &flows.chance, &name, &settings, &dialect).await;
    let token = created.map_err(|reason| match reason {
        NotCreated::NameTaken => Problem::conflict("name: there is a gateway of that name already"),
        NotCreated::Storage(error) => error.into(),
    })?;
    let body = introduction(&name, &dialect, token.expose_secret(), &door.gateway_base);
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

/// What the partner has to know about a new gateway: all that is said of its token, this once.
fn introduction(name: &GatewayName, dialect: &Dialect, token: &str, gateway_base: &str) -> Value {
    let url = format!("{gateway_base}/in/{token}");
    json!({ "name": name.as_str(), "token": token, "url": url, "recipe": recipe(name, dialect, &url) })
}

pub(super) async fn patch(
    State(door): State<Door>,
    _: Admin,
    Named(name): Named<String>,
    fields: Fields,
) -> Result<Response, Problem> {
    let flows = &door.flows;
    let changed = change_gateway(&flows.database, &flows.clock, &flows.directory, &name, change(fields)?).await;
    let changed = changed.map_err(|refused| match refused {
        NotChanged::Unknown => Problem::not_found(refused.to_string()),
        NotChanged::Unfit(unfit) => Problem::bad(unfit.to_string()),
        NotChanged::Storage(error) => error.into(),
    })?;
    Ok(Json(item(&changed)).into_response())
}

/// What a request says beyond the name; nothing else may be left in it.
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
    let dialect = dialect::change(&mut fields)?;
    fields.end()?;
    Ok(GatewayChange {
        dialect,
        capacity,
        heartbeat_timeout,
    })
}
