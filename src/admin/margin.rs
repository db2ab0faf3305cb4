//! What bought numbers earned, set against what they cost.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::AdminApi;
use super::auth::AdminCaller;
use super::page::QueryParameters;
use super::problem::Problem;
use crate::domain::day::Day;
use crate::domain::purchase::margin::{ConvertedCost, Margin, MarginBy, Period, SignedKopecks};

#[derive(Serialize)]
pub(super) struct ConvertedCostDto {
    currency: String,
    amount: String,
    rub: Option<String>,
}

#[derive(Serialize)]
struct MarginDto<'a> {
    key: &'a str,
    income: String,
    costs: Vec<ConvertedCostDto>,
    margin: Option<String>,
}

pub(super) fn costs_dto(costs: &[ConvertedCost]) -> Vec<ConvertedCostDto> {
    let cost = |cost: &ConvertedCost| ConvertedCostDto {
        currency: cost.currency.to_string(),
        amount: cost.amount.to_string(),
        rub: roubles(cost.roubles),
    };
    costs.iter().map(cost).collect()
}

pub(super) fn roubles(amount: Option<SignedKopecks>) -> Option<String> {
    amount.map(|amount| amount.to_string())
}

fn margin_dto(margin: &Margin) -> MarginDto<'_> {
    MarginDto {
        key: &margin.key,
        income: margin.income.to_string(),
        costs: costs_dto(&margin.costs),
        margin: roubles(margin.margin),
    }
}

fn day(query: &mut QueryParameters, name: &str) -> Result<Option<Day>, Problem> {
    query.read(name, "a day such as 2026-11-20", |text| text.parse().ok())
}

pub(super) async fn list(
    State(api): State<AdminApi>,
    _: AdminCaller,
    mut query: QueryParameters,
) -> Result<Response, Problem> {
    let page = query.page::<String>("margin")?;
    let by = query.read("by", "number, supplier or month", |text| text.parse().ok())?;
    let by: MarginBy = by.ok_or_else(|| Problem::bad("by is missing: it must be number, supplier or month"))?;
    let period = Period {
        from: day(&mut query, "from")?,
        to: day(&mut query, "to")?,
    };
    query.end()?;
    if period.from.zip(period.to).is_some_and(|(from, to)| to < from) {
        return Err(Problem::bad("to must not be before from"));
    }
    let after = page.after.as_deref().unwrap_or_default();
    let rows = api.flows.margins(by, &period, after, page.rows()).await?;
    Ok(page.answer(&rows, |last| last.key.clone(), margin_dto))
}
