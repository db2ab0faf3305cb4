//! GET_SERVICES: how many numbers can be rented at this moment, all at once.

use axum::response::Response;
use tokio::time::timeout_at;

use super::Door;
use super::response::{self, Refusal};
use crate::flow::group_commit::NotServed;
use crate::flow::list_services::list_services;
use crate::web::deadline::Deadline;

pub(super) async fn answer(door: &Door, Deadline(deadline): Deadline) -> Result<Response, Refusal> {
    let listed = timeout_at(deadline, list_services(&door.flows)).await;
    let promise = listed.map_err(|_| NotServed::DeadlinePassed)??;
    Ok(response::services(&promise))
}
