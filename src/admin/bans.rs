//! Bans: listed, set and lifted. A lifted ban leaves the number without strikes (rule 9).

use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer, Serialize};

use super::AdminApi;
use super::auth::AdminCaller;
use super::body::{BoundedDuration, JsonBody, Reason, parsed};
use super::numbers::unknown;
use super::page::QueryParameters;
use super::path::PathParam;
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::domain::number::Number;
use crate::domain::phone::{PhoneError, PhoneNumber};
use crate::domain::time::Timestamp;

#[derive(Serialize)]
struct BanDto<'a> {
    number: String,
    until: Option<String>,
    reason: Option<&'a str>,
    strikes: u32,
}

fn ban_dto(number: &Number) -> BanDto<'_> {
    BanDto {
        number: number.number.digits(),
        until: number.ban.as_ref().map(|ban| rfc3339(ban.until)),
        reason: number.ban.as_ref().map(|ban| ban.reason.as_str()),
        strikes: number.strikes,
    }
}

/// A position in the list: the end of a ban, and its number.
struct BanCursor(Timestamp, PhoneNumber);

impl FromStr for BanCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (until, number) = text.split_once(' ').ok_or(())?;
        let until = Timestamp::from_ms(until.parse().map_err(|_| ())?);
        Ok(Self(until, number.parse().map_err(|_| ())?))
    }
}

fn ban_cursor(number: &Number) -> String {
    let until = number.ban.as_ref().map_or(0, |ban| ban.until.as_ms());
    format!("{until} {}", number.number.digits())
}

pub(super) async fn list(
    State(api): State<AdminApi>,
    _: AdminCaller,
    mut query: QueryParameters,
) -> Result<Response, Problem> {
    let page = query.page::<BanCursor>("bans")?;
    query.end()?;
    let after = page.after.as_ref().map(|BanCursor(until, number)| (*until, *number));
    let rows = api.flows.list_bans(after, page.rows()).await?;
    Ok(page.answer(&rows, ban_cursor, ban_dto))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BanRequest {
    #[serde(deserialize_with = "phone_number")]
    number: PhoneNumber,
    reason: Reason,
    /// As long as a ban by strikes when it is missing.
    r#for: Option<BoundedDuration>,
}

fn phone_number<'de, D: Deserializer<'de>>(value: D) -> Result<PhoneNumber, D::Error> {
    parsed(value, |text| {
        text.parse()
            .map_err(|error: PhoneError| format!("is not a phone number: {error}"))
    })
}

pub(super) async fn create(
    State(api): State<AdminApi>,
    _: AdminCaller,
    JsonBody(BanRequest { number, reason, r#for }): JsonBody<BanRequest>,
) -> Result<Response, Problem> {
    let duration = r#for.map(|BoundedDuration(duration)| duration);
    let banned = api.flows.ban_number(number, duration, &reason.0).await?;
    let banned = banned.ok_or_else(unknown)?;
    Ok((StatusCode::CREATED, Json(ban_dto(&banned))).into_response())
}

pub(super) async fn lift(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(number): PathParam<PhoneNumber>,
) -> Result<StatusCode, Problem> {
    if api.flows.lift_ban(number).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("the number is not banned"))
    }
}
