//! `PATCH /v1/numbers/{number}`: what an import says about a number, and whether it is in use.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::{Item, item, unknown};
use crate::admin::Door;
use crate::admin::auth::Admin;
use crate::admin::body::Fields;
use crate::admin::path::Named;
use crate::admin::problem::Problem;
use crate::domain::country::CountryNames;
use crate::domain::inventory::{LineChange, Rejection, parse_country, parse_operator};
use crate::domain::phone::PhoneNumber;
use crate::domain::sms::Line;
use crate::domain::wire_name::NAME_CHARACTERS_MAX;
use crate::flow::change_number::{NotChanged, NumberChange, change_number};
use crate::flow::import_numbers::Report;
use crate::flow::views;

pub(in crate::admin) async fn patch(
    State(door): State<Door>,
    _: Admin,
    Named(number): Named<PhoneNumber>,
    fields: Fields,
) -> Result<Response, Problem> {
    let change = change(fields, &door.countries)?;
    let flows = &door.flows;
    let changed = change_number(&flows.database, &flows.clock, number, change).await;
    changed.map_err(|refused| match refused {
        NotChanged::Unknown => unknown(),
        NotChanged::Rejected(Rejection::GatewayUnknown) => Problem::bad(refused.to_string()),
        NotChanged::Rejected(_) => Problem::conflict(refused.to_string()),
        NotChanged::Storage(error) => error.into(),
    })?;
    let listed = views::number(flows, number).await?.ok_or_else(unknown)?;
    let warning = door.countries.contradiction(&number.digits(), &listed.country);
    Ok(Json(Changed {
        item: item(&listed),
        warnings: warning.iter().map(Report::prefix_warning).collect(),
    })
    .into_response())
}

/// The number as it is now, and what is probably wrong with it.
#[derive(Serialize)]
struct Changed<'a> {
    #[serde(flatten)]
    item: Item<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Reads what is to change.
fn change(mut fields: Fields, countries: &CountryNames) -> Result<NumberChange, Problem> {
    let line = fields.choice("line", |text| Line::parse(text).map_err(|error| error.to_string()))?;
    let mut text = |field: &str| {
        let is_there = fields.has(field);
        is_there.then(|| fields.text(field, NAME_CHARACTERS_MAX)).transpose()
    };
    let (gateway, country, operator) = (text("gateway")?, text("country")?, text("operator")?);
    let rejected = |rejection: Rejection| Problem::bad(rejection.sentence(countries));
    let change = NumberChange {
        enabled: fields.has("enabled").then(|| fields.flag("enabled")).transpose()?,
        gateway,
        country: country
            .map(|name| parse_country(&name, countries))
            .transpose()
            .map_err(rejected)?,
        operator: operator
            .map(|name| parse_operator(&name))
            .transpose()
            .map_err(rejected)?,
        line: match line {
            None => LineChange::Keep,
            Some(None) => LineChange::Remove,
            Some(Some(line)) => LineChange::Put(line),
        },
    };
    fields.end()?;
    if change == NumberChange::default() {
        let fields = "enabled, gateway, country, operator or line";
        return Err(Problem::bad(format!("{fields} is missing: something has to change")));
    }
    Ok(change)
}
