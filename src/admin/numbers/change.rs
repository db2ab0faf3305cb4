//! `PATCH /v1/numbers/{number}`: what an import says about a number, and whether it is in use.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::{NumberDto, number_dto, unknown};
use crate::admin::AdminApi;
use crate::admin::auth::AdminCaller;
use crate::admin::body::BodyFields;
use crate::admin::path::PathParam;
use crate::admin::problem::Problem;
use crate::domain::country::CountryNames;
use crate::domain::inventory::{InvalidRow, SlotChange, parse_country, parse_operator};
use crate::domain::phone::PhoneNumber;
use crate::domain::sms::Slot;
use crate::domain::wire_name::NAME_CHARACTERS_MAX;
use crate::flow::change_number::{ChangeNumberError, NumberPatch, change_number};
use crate::flow::import_numbers::ImportReport;
use crate::flow::views;

pub(in crate::admin) async fn patch(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(number): PathParam<PhoneNumber>,
    fields: BodyFields,
) -> Result<Response, Problem> {
    let change = change(fields, &api.countries)?;
    let flows = &api.flows;
    let changed = change_number(&flows.database, &flows.clock, number, change).await;
    changed.map_err(|refused| match refused {
        ChangeNumberError::Unknown => unknown(),
        ChangeNumberError::Rejected(InvalidRow::GatewayUnknown) => Problem::bad(refused.to_string()),
        ChangeNumberError::Rejected(_) => Problem::conflict(refused.to_string()),
        ChangeNumberError::Storage(error) => error.into(),
    })?;
    let listed = views::number(flows, number).await?.ok_or_else(unknown)?;
    let warning = api.countries.contradiction(&number.digits(), &listed.country);
    Ok(Json(ChangedNumberDto {
        item: number_dto(&listed),
        warnings: warning.iter().map(ImportReport::prefix_warning).collect(),
    })
    .into_response())
}

/// The number as it is now, and what is probably wrong with it.
#[derive(Serialize)]
struct ChangedNumberDto<'a> {
    #[serde(flatten)]
    item: NumberDto<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Reads what is to change.
fn change(mut fields: BodyFields, countries: &CountryNames) -> Result<NumberPatch, Problem> {
    let line = fields.choice("line", |text| Slot::parse(text).map_err(|error| error.to_string()))?;
    let mut text = |field: &str| {
        let is_there = fields.has(field);
        is_there.then(|| fields.text(field, NAME_CHARACTERS_MAX)).transpose()
    };
    let (gateway, country, operator) = (text("gateway")?, text("country")?, text("operator")?);
    let rejected = |rejection: InvalidRow| Problem::bad(rejection.sentence(countries));
    let change = NumberPatch {
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
            None => SlotChange::Keep,
            Some(None) => SlotChange::Remove,
            Some(Some(line)) => SlotChange::Put(line),
        },
    };
    fields.end()?;
    if change == NumberPatch::default() {
        let fields = "enabled, gateway, country, operator or line";
        return Err(Problem::bad(format!("{fields} is missing: something has to change")));
    }
    Ok(change)
}
