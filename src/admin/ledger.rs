//! The transfers of the ledger.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::AdminApi;
use super::auth::AdminCaller;
use super::page::QueryParameters;
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::domain::listed::ListedTransfer;
use crate::domain::operation::OperationId;

#[derive(Serialize)]
struct TransferDto {
    id: i64,
    operation: i64,
    kind: &'static str,
    amount: String,
    at: String,
}

fn transfer_dto(listed: &ListedTransfer) -> TransferDto {
    TransferDto {
        id: listed.id,
        operation: listed.operation.as_i64(),
        kind: listed.transfer.kind.into(),
        amount: listed.transfer.amount.to_string(),
        at: rfc3339(listed.booked_at),
    }
}

pub(super) async fn list(
    State(api): State<AdminApi>,
    _: AdminCaller,
    mut query: QueryParameters,
) -> Result<Response, Problem> {
    let page = query.page::<i64>("ledger")?;
    let operation = query.read("operation", "the id of an operation", |text| {
        text.parse().ok().and_then(OperationId::new)
    })?;
    query.end()?;
    let rows = api.flows.list_transfers(operation, page.after, page.rows()).await?;
    Ok(page.answer(&rows, |last| last.id.to_string(), transfer_dto))
}
