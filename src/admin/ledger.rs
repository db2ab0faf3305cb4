//! The ledger, line by line.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::Door;
use super::auth::Admin;
use super::page::Parameters;
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::domain::operation::OperationId;
use crate::flow::views::{self, ListedTransfer};

#[derive(Serialize)]
struct Item {
    id: i64,
    operation: i64,
    kind: &'static str,
    amount: String,
    at: String,
}

fn item(line: &ListedTransfer) -> Item {
    Item {
        id: line.id,
        operation: line.operation.as_i64(),
        kind: line.transfer.kind.as_str(),
        amount: line.transfer.amount.to_string(),
        at: rfc3339(line.booked_at),
    }
}

pub(super) async fn list(State(door): State<Door>, _: Admin, mut query: Parameters) -> Result<Response, Problem> {
    let page = query.page::<i64>("ledger")?;
    let operation = query.read("operation", "the id of an operation", |text| {
        text.parse().ok().and_then(OperationId::new)
    })?;
    query.end()?;
    let rows = views::ledger(&door.flows, operation, page.after, page.rows()).await?;
    Ok(page.answer(&rows, |last| last.id.to_string(), item))
}
