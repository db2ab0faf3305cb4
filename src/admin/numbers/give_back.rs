//! A number that was bought is given back to its supplier.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::admin::AdminApi;
use crate::admin::auth::AdminCaller;
use crate::admin::body::{JsonBody, Reason};
use crate::admin::path::PathParam;
use crate::admin::problem::Problem;
use crate::domain::phone::PhoneNumber;
use crate::flow::give_back::GiveBackError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct GiveBackRequest {
    reason: Reason,
    /// Also a number that is rented: when the rental is over.
    #[serde(default)]
    when_free: bool,
}

#[derive(Serialize)]
struct GiveBackDto {
    number: String,
    state: &'static str,
}

impl From<GiveBackError> for Problem {
    fn from(error: GiveBackError) -> Self {
        match error {
            GiveBackError::Unknown => Self::not_found(error.to_string()),
            GiveBackError::Storage(error) => error.into(),
            GiveBackError::NotBought | GiveBackError::Busy(_) | GiveBackError::Rented | GiveBackError::NotOffered => {
                Self::conflict(error.to_string())
            }
        }
    }
}

pub(in crate::admin) async fn give_back(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(number): PathParam<PhoneNumber>,
    JsonBody(GiveBackRequest { reason, when_free }): JsonBody<GiveBackRequest>,
) -> Result<Response, Problem> {
    let line = api
        .flows
        .give_back(number, &reason.0, when_free, &api.countries)
        .await?;
    let answer = GiveBackDto {
        number: number.digits(),
        state: line.state.into(),
    };
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}
