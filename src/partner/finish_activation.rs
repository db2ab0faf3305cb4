//! FINISH_ACTIVATION: said once or ten times, the same answer (rule 6).

use axum::http::StatusCode;
use axum::response::Response;

use super::Door;
use super::request::Fields;
use super::response::{self, Refusal};
use crate::flow::finish_operation::Finished;
use crate::web::deadline::Deadline;

pub(super) async fn answer(
    door: &Door,
    Deadline(deadline): Deadline,
    fields: &Fields<'_>,
) -> Result<Response, Refusal> {
    match door
        .flows
        .finish_operation
        .submit(fields.finish_activation()?, deadline)
        .await?
    {
        Finished::Success => Ok(response::success()),
        Finished::Unknown => Err(Refusal::new(
            StatusCode::NOT_FOUND,
            "activationId is unknown: there is no such operation",
        )),
    }
}
