//! FINISH_ACTIVATION: the same answer however often it is repeated (rule 6).

use axum::http::StatusCode;
use axum::response::Response;

use super::OnlinesimApi;
use super::request::RequestFields;
use super::response::{self, ProtocolError};
use crate::flow::finish_operation::Finished;
use crate::http::deadline::Deadline;

pub(super) async fn answer(
    api: &OnlinesimApi,
    Deadline(deadline): Deadline,
    fields: &RequestFields<'_>,
) -> Result<Response, ProtocolError> {
    match api
        .flows
        .finish_operation(fields.finish_activation()?, deadline)
        .await?
    {
        Finished::Success => Ok(response::success()),
        Finished::Unknown => Err(ProtocolError::new(
            StatusCode::NOT_FOUND,
            "activationId is unknown: there is no such operation",
        )),
    }
}
