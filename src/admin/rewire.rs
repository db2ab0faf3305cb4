//! Numbers whose address for SMS a person has to change at the supplier, and that address.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use super::auth::AdminCaller;
use super::page::QueryParameters;
use super::path::PathParam;
use super::problem::Problem;
use super::{AdminApi, supplier_call};
use crate::clock::rfc3339;
use crate::domain::gateway::GatewayName;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::line::proof::NumberToRewire;
use crate::gateway::settings::AdapterSettings;
use crate::gateway::setup::instructions;

#[derive(Serialize)]
struct NumberToRewireDto {
    number: String,
    line: i64,
    since: String,
}

fn number_dto(one: &NumberToRewire) -> NumberToRewireDto {
    NumberToRewireDto {
        number: one.number.digits(),
        line: one.line.0,
        since: rfc3339(one.since),
    }
}

pub(super) async fn list(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(name): PathParam<SupplierName>,
    mut query: QueryParameters,
) -> Result<Response, Problem> {
    let page = query.page::<String>("rewire")?;
    query.end()?;
    let after = page.after.as_deref().unwrap_or_default();
    let rows = api.flows.list_to_rewire(name, after, page.rows()).await?;
    Ok(page.answer(&rows, |last| last.number.digits(), number_dto))
}

/// Where the supplier has to deliver SMS, with the token in it: as secret as that. Unlike the token of another gateway it can be
/// shown again, because it follows from the configuration.
pub(super) async fn setup(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(name): PathParam<SupplierName>,
) -> Result<Response, Problem> {
    let account = api.flows.purchase_policy().accounts.get(&name);
    let account = account.ok_or_else(|| supplier_call::off(name))?;
    let gateway = api.flows.find_gateway(&name.to_string()).await?;
    let adapter = gateway.map_or_else(|| account.adapter.clone(), |gateway| gateway.adapter);
    let url = api.suppliers.sms_url(name, &api.gateway_base);
    let gateway = GatewayName::parse(&name.to_string()).expect("names of suppliers fit into URLs");
    let setup = instructions(&gateway, &AdapterSettings::load(&adapter)?, &url);
    Ok(Json(json!({ "url": url, "setup": setup })).into_response())
}
