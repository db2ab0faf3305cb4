//! GET_NUMBER: one number for one renter, durable before the answer is sent (rule 2).

use axum::response::Response;

use super::OnlinesimApi;
use super::request::RequestFields;
use super::response::{self, ProtocolError};
use crate::http::deadline::Deadline;

pub(super) async fn answer(
    api: &OnlinesimApi,
    Deadline(deadline): Deadline,
    fields: &RequestFields<'_>,
) -> Result<Response, ProtocolError> {
    let rental = api
        .flows
        .rent_number(fields.get_number(api.limits.prefixes_max)?, deadline)
        .await?;
    Ok(rental.map_or_else(response::no_numbers, response::rented))
}
