//! Bought numbers that cost more than they earned.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::AdminApi;
use super::auth::AdminCaller;
use super::margin::{ConvertedCostDto, costs_dto, roubles};
use super::page::QueryParameters;
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::domain::purchase::margin::IdleNumber;

const DAYS_DEFAULT: u32 = 30;
/// Ten years.
const DAYS_MAX: u32 = 3650;

#[derive(Serialize)]
struct IdleDto {
    number: String,
    supplier: &'static str,
    owned_since: String,
    income: String,
    costs: Vec<ConvertedCostDto>,
    margin: Option<String>,
}

fn idle_dto(idle: &IdleNumber) -> IdleDto {
    IdleDto {
        number: idle.owned.number.digits(),
        supplier: idle.owned.supplier.into(),
        owned_since: rfc3339(idle.owned.owned_since),
        income: idle.margin.income.to_string(),
        costs: costs_dto(&idle.margin.costs),
        margin: roubles(idle.margin.margin),
    }
}

pub(super) async fn list(
    State(api): State<AdminApi>,
    _: AdminCaller,
    mut query: QueryParameters,
) -> Result<Response, Problem> {
    let page = query.page::<String>("idle")?;
    let days = query.read("days", &format!("an integer from 1 to {DAYS_MAX}"), |text| {
        text.parse().ok().filter(|days| (1..=DAYS_MAX).contains(days))
    })?;
    query.end()?;
    let after = page.after.as_deref().unwrap_or_default();
    let days = days.unwrap_or(DAYS_DEFAULT);
    let rows = api.flows.idle_numbers(days, after, page.rows()).await?;
    Ok(page.answer(&rows, |last| last.owned.number.digits(), idle_dto))
}
