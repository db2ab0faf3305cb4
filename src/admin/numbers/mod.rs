//! The inventory: numbers are imported, listed, enabled, disabled, and assigned to lines.

mod change;
pub mod csv;
mod give_back;
mod import;
pub mod json;
mod restore;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::AdminApi;
use super::auth::AdminCaller;
use super::page::QueryParameters;
use super::path::PathParam;
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::domain::exclusion::Prefix;
use crate::domain::listed::{ListedNumber, NumberFilter};
use crate::domain::phone::PhoneNumber;
use crate::domain::wire_name::{CountryName, OperatorName};

pub(super) use change::patch;
pub(super) use give_back::give_back;
pub(super) use import::import;
pub(super) use restore::restore;

#[derive(Serialize)]
struct NumberDto<'a> {
    number: String,
    country: &'a str,
    operator: &'a str,
    gateway: &'a str,
    line: Option<&'a str>,
    state: &'static str,
    hold: Option<&'static str>,
    strikes: u32,
    banned_until: Option<String>,
    rests_until: Option<String>,
    operation: Option<i64>,
}

fn number_dto(listed: &ListedNumber) -> NumberDto<'_> {
    let number = &listed.number;
    NumberDto {
        number: number.number.digits(),
        country: listed.country.as_str(),
        operator: listed.operator.as_str(),
        gateway: &listed.gateway,
        line: listed.line.as_deref(),
        state: number.state().into(),
        hold: number.hold.map(<&str>::from),
        strikes: number.strikes,
        banned_until: number.ban.as_ref().map(|ban| rfc3339(ban.until)),
        rests_until: number.rests_until.map(rfc3339),
        operation: number.operation.map(|operation| operation.as_i64()),
    }
}

/// Refuses a number that is not in the inventory.
pub(super) fn unknown() -> Problem {
    Problem::not_found("the number is not in the inventory")
}

pub(super) async fn list(
    State(api): State<AdminApi>,
    _: AdminCaller,
    mut query: QueryParameters,
) -> Result<Response, Problem> {
    let page = query.page::<PhoneNumber>("numbers")?;
    let states = "available, rented, resting, banned, disabled or given_back";
    let filter = NumberFilter {
        state: query.read("state", states, |state| state.parse().ok())?,
        country: query.read("country", "the name of a country", |name| CountryName::parse(name).ok())?,
        operator: query.read("operator", "the name of an operator", |name| {
            OperatorName::parse(name).ok()
        })?,
        gateway: query.take("gateway"),
        prefix: query.read("prefix", "1 to 15 digits", |text| Prefix::parse(text.trim()).ok()?)?,
    };
    query.end()?;
    let rows = api.flows.list_numbers(&filter, page.after, page.rows()).await?;
    Ok(page.answer(&rows, |last| last.number.number.digits(), number_dto))
}

pub(super) async fn find(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(number): PathParam<PhoneNumber>,
) -> Result<Response, Problem> {
    let listed = api.flows.find_number(number).await?.ok_or_else(unknown)?;
    Ok(Json(number_dto(&listed)).into_response())
}
