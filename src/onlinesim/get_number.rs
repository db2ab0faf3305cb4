//! GET_NUMBER: one number for one renter, durable before the answer is sent (rule 2).

use super::OnlinesimApi;
use super::measure::Served;
use super::request::RequestFields;
use super::response::{self, ProtocolError};
use crate::http::deadline::Deadline;
use crate::metrics::labels::AnswerStatus;

pub(super) async fn answer(
    api: &OnlinesimApi,
    Deadline(deadline): Deadline,
    fields: &RequestFields<'_>,
) -> Result<Served, ProtocolError> {
    let rental = api
        .flows
        .rent_number(fields.get_number(api.limits.prefixes_max)?, deadline)
        .await?;
    let none = || Served {
        status: AnswerStatus::NoNumbers,
        response: response::no_numbers(),
    };
    Ok(rental.map_or_else(none, |rental| Served::success(response::rented(rental))))
}
