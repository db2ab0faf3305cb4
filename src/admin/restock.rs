//! Rules by which the server orders numbers by itself.

use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::AdminApi;
use super::auth::AdminCaller;
use super::body::{Count, JsonBody};
use super::orders::fields::{amount, missing};
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::domain::country::CountryNames;
use crate::domain::inventory::parse_country;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::order::QUANTITY_MAX;
use crate::domain::purchase::price::Millionths;
use crate::domain::purchase::restock::{RestockRule, StoredRestockRule, TARGET_MAX};
use crate::domain::time::Timestamp;
use crate::domain::wire_name::CountryName;
use crate::flow::Flows;
use crate::flow::restock::SetRestockError;

#[derive(Serialize)]
struct RestockDto<'a> {
    supplier: &'static str,
    country: &'a str,
    floor: u32,
    target: u32,
    prefix: Option<&'a str>,
    max_monthly: String,
    batch_max: u32,
    enabled: bool,
    /// The last order that it placed.
    order: Option<i64>,
    /// When it orders again, while it pauses because that order did not bring all its numbers.
    next_at: Option<String>,
}

fn restock_dto(stored: &StoredRestockRule, next_at: Option<Timestamp>) -> RestockDto<'_> {
    let rule = &stored.rule;
    RestockDto {
        supplier: rule.supplier.into(),
        country: rule.country.as_str(),
        floor: rule.floor,
        target: rule.target,
        prefix: rule.prefix.as_deref(),
        max_monthly: rule.monthly_max.to_string(),
        batch_max: rule.batch_max,
        enabled: rule.enabled,
        order: stored.order.map(|order| order.0),
        next_at: next_at.map(rfc3339),
    }
}

/// The supplier and the country in the path. An unknown supplier is a 404; the country is checked by the handler.
pub(super) struct RestockPath {
    supplier: SupplierName,
    country: String,
}

impl<S: Send + Sync> FromRequestParts<S> for RestockPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let unknown = || Problem::not_found("there is no supplier of that name");
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((supplier, country)) = path.map_err(|_| unknown())?;
        let supplier = supplier.parse().map_err(|_| unknown())?;
        Ok(Self { supplier, country })
    }
}

impl RestockPath {
    /// The country of a rule that may exist.
    fn country(&self, countries: &CountryNames) -> Result<CountryName, Problem> {
        parse_country(&self.country, countries).map_err(|_| no_rule())
    }
}

fn no_rule() -> Problem {
    Problem::not_found("there is no such rule")
}

pub(super) async fn find(State(api): State<AdminApi>, _: AdminCaller, path: RestockPath) -> Result<Response, Problem> {
    let country = path.country(&api.countries)?;
    shown(&api.flows, path.supplier, &country).await
}

/// The answer with the current rule.
async fn shown(flows: &Flows, supplier: SupplierName, country: &CountryName) -> Result<Response, Problem> {
    let stored = flows.find_restock_rule(supplier, country).await?;
    let (stored, next_at) = stored.ok_or_else(no_rule)?;
    Ok(Json(restock_dto(&stored, next_at)).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RestockRequest {
    floor: Count<TARGET_MAX>,
    target: Count<TARGET_MAX>,
    prefix: Option<String>,
    #[serde(default, deserialize_with = "amount")]
    max_monthly: Option<Millionths>,
    batch_max: Count<QUANTITY_MAX>,
    #[serde(default = "enabled")]
    enabled: bool,
}

const fn enabled() -> bool {
    true
}

impl RestockRequest {
    fn rule(self, path: &RestockPath, countries: &CountryNames) -> Result<RestockRule, Problem> {
        let country = parse_country(&path.country, countries);
        let country = country.map_err(|invalid| Problem::bad(invalid.message(countries)))?;
        if self.target.0 < self.floor.0 {
            return Err(Problem::bad("target must not be below floor"));
        }
        let prefix = countries.prefix(&country, self.prefix.as_deref());
        prefix.map_err(|invalid| Problem::bad(format!("prefix {invalid}")))?;
        Ok(RestockRule {
            supplier: path.supplier,
            country,
            floor: self.floor.0,
            target: self.target.0,
            prefix: self.prefix,
            monthly_max: self.max_monthly.ok_or_else(|| missing("max_monthly"))?,
            batch_max: self.batch_max.0,
            enabled: self.enabled,
        })
    }
}

pub(super) async fn put(
    State(api): State<AdminApi>,
    _: AdminCaller,
    path: RestockPath,
    JsonBody(request): JsonBody<RestockRequest>,
) -> Result<Response, Problem> {
    let rule = request.rule(&path, &api.countries)?;
    let stored = api.flows.set_restock_rule(&rule).await;
    stored.map_err(|error| match error {
        SetRestockError::SupplierOff(_) | SetRestockError::SearchNotOffered(_) => Problem::conflict(error.to_string()),
        SetRestockError::Storage(error) => error.into(),
    })?;
    shown(&api.flows, rule.supplier, &rule.country).await
}

pub(super) async fn delete(
    State(api): State<AdminApi>,
    _: AdminCaller,
    path: RestockPath,
) -> Result<StatusCode, Problem> {
    let country = path.country(&api.countries)?;
    match api.flows.delete_restock_rule(path.supplier, &country).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(no_rule()),
    }
}
