//! GET_NUMBER: one number for one renter, durable before the answer leaves (rule 2).

use axum::response::Response;

use super::Door;
use super::request::Fields;
use super::response::{self, Refusal};
use crate::web::deadline::Deadline;

pub(super) async fn answer(
    door: &Door,
    Deadline(deadline): Deadline,
    fields: &Fields<'_>,
) -> Result<Response, Refusal> {
    let rental = door
        .flows
        .rent_number
        .submit(fields.get_number(door.limits.prefixes_max)?, deadline)
        .await?;
    Ok(rental.map_or_else(response::no_numbers, response::rented))
}
