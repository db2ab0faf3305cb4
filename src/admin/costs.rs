//! What bought numbers cost, entry by entry.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::AdminApi;
use super::auth::AdminCaller;
use super::page::QueryParameters;
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::domain::purchase::cost::ListedCost;

#[derive(Serialize)]
struct CostDto {
    id: i64,
    line: i64,
    number: String,
    supplier: &'static str,
    kind: &'static str,
    amount: String,
    currency: String,
    booked_at: String,
}

fn cost_dto(listed: &ListedCost) -> CostDto {
    CostDto {
        id: listed.id,
        line: listed.entry.line.0,
        number: listed.number.digits(),
        supplier: listed.supplier.into(),
        kind: listed.entry.kind.into(),
        amount: listed.entry.amount.to_string(),
        currency: listed.entry.currency.to_string(),
        booked_at: rfc3339(listed.booked_at),
    }
}

pub(super) async fn list(
    State(api): State<AdminApi>,
    _: AdminCaller,
    mut query: QueryParameters,
) -> Result<Response, Problem> {
    let page = query.page::<i64>("costs")?;
    query.end()?;
    let rows = api.flows.list_costs(page.after, page.rows()).await?;
    Ok(page.answer(&rows, |last| last.id.to_string(), cost_dto))
}
