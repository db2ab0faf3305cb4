//! FINISH_ACTIVATION: the same answer however often it is repeated (rule 6).

use axum::http::StatusCode;

use super::OnlinesimApi;
use super::measure::Served;
use super::request::RequestFields;
use super::response::{self, ProtocolError};
use crate::flow::finish_operation::Finished;
use crate::http::deadline::Deadline;

pub(super) async fn answer(
    api: &OnlinesimApi,
    Deadline(deadline): Deadline,
    fields: &RequestFields<'_>,
) -> Result<Served, ProtocolError> {
    match api
        .flows
        .finish_operation(fields.finish_activation()?, deadline)
        .await?
    {
        Finished::Success => Ok(Served::success(response::success())),
        Finished::Unknown => Err(ProtocolError::new(
            StatusCode::NOT_FOUND,
            "activationId is unknown: there is no such operation",
        )),
    }
}
