//! A number that was given back is to be ours again.

use axum::extract::State;
use axum::response::Response;

use crate::admin::AdminApi;
use crate::admin::auth::AdminCaller;
use crate::admin::body::{OptionalJsonBody, OptionalReasonRequest};
use crate::admin::orders::placed_answer;
use crate::admin::path::PathParam;
use crate::admin::problem::Problem;
use crate::domain::phone::PhoneNumber;
use crate::flow::restore_number::RestoreNumberError;

pub(in crate::admin) async fn restore(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(number): PathParam<PhoneNumber>,
    OptionalJsonBody(request): OptionalJsonBody<OptionalReasonRequest>,
) -> Result<Response, Problem> {
    let placed = match api.flows.restore_number(number, request.reason()).await {
        Ok(placed) => Ok(placed),
        Err(RestoreNumberError::Order(error)) => Err(error),
        Err(RestoreNumberError::Storage(error)) => return Err(error.into()),
        Err(refused) => return Err(Problem::conflict(refused.to_string())),
    };
    placed_answer(&api, placed).await
}
