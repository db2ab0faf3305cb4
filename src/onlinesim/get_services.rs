//! GET_SERVICES: how many numbers can be rented now, all at once.

use tokio::time::timeout_at;

use super::OnlinesimApi;
use super::measure::Served;
use super::response::{self, ProtocolError};
use crate::flow::group_commit::SubmitError;
use crate::http::deadline::Deadline;

pub(super) async fn answer(api: &OnlinesimApi, Deadline(deadline): Deadline) -> Result<Served, ProtocolError> {
    let listed = timeout_at(deadline, api.flows.list_services()).await;
    let promise = listed.map_err(|_| SubmitError::DeadlinePassed)??;
    Ok(Served::success(response::services(&promise)))
}
