//! Bans: listed, set and lifted. A lifted ban leaves the number without strikes (rule 9).

use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::Door;
use super::auth::Admin;
use super::body::Fields;
use super::numbers::unknown;
use super::page::Parameters;
use super::path::Named;
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::domain::number::Number;
use crate::domain::phone::PhoneNumber;
use crate::domain::time::Timestamp;
use crate::flow::ban_number::ban_number;
use crate::flow::{lift_bans, views};

/// The longest reason for a ban.
const REASON_CHARACTERS_MAX: usize = 500;

#[derive(Serialize)]
struct Item<'a> {
    number: String,
    until: Option<String>,
    reason: Option<&'a str>,
    strikes: u32,
}

fn item(number: &Number) -> Item<'_> {
    Item {
        number: number.number.digits(),
        until: number.ban.as_ref().map(|ban| rfc3339(ban.until)),
        reason: number.ban.as_ref().map(|ban| ban.reason.as_str()),
        strikes: number.strikes,
    }
}

/// A place in the list: the end of a ban, and its number.
struct Place(Timestamp, PhoneNumber);

impl FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (until, number) = text.split_once(' ').ok_or(())?;
        let until = Timestamp::from_ms(until.parse().map_err(|_| ())?);
        Ok(Self(until, number.parse().map_err(|_| ())?))
    }
}

fn place(number: &Number) -> String {
    let until = number.ban.as_ref().map_or(0, |ban| ban.until.as_ms());
    format!("{until} {}", number.number.digits())
}

pub(super) async fn list(State(door): State<Door>, _: Admin, mut query: Parameters) -> Result<Response, Problem> {
    let page = query.page::<Place>("bans")?;
    query.end()?;
    let after = page.after.as_ref().map(|Place(until, number)| (*until, *number));
    let rows = views::bans(&door.flows, after, page.rows()).await?;
    Ok(page.answer(&rows, place, item))
}

pub(super) async fn create(State(door): State<Door>, _: Admin, mut fields: Fields) -> Result<Response, Problem> {
    let number = fields.word("number")?.parse::<PhoneNumber>();
    let number = number.map_err(|error| Problem::bad(format!("number: {error}")))?;
    let reason = fields.text("reason", REASON_CHARACTERS_MAX)?;
    let flows = &door.flows;
    // As long as a ban by strikes, when nothing is said.
    let span = fields.span("for")?.flatten().unwrap_or(flows.policies.strikes.ban);
    fields.end()?;
    let bell = &flows.bells.bans;
    let banned = ban_number(&flows.database, &flows.clock, bell, number, span, &reason).await?;
    let banned = banned.ok_or_else(unknown)?;
    Ok((StatusCode::CREATED, Json(item(&banned))).into_response())
}

pub(super) async fn lift(
    State(door): State<Door>,
    _: Admin,
    Named(number): Named<PhoneNumber>,
) -> Result<StatusCode, Problem> {
    if lift_bans::lift_by_admin(&door.flows.database, &door.flows.clock, number).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found("the number is not banned"))
    }
}
