//! `PATCH /v1/numbers/{number}`: changes what an import sets, and enables or disables the number.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Deserializer, Serialize};

use super::{NumberDto, number_dto, unknown};
use crate::admin::AdminApi;
use crate::admin::auth::AdminCaller;
use crate::admin::body::{JsonBody, Text, nullable, present};
use crate::admin::path::PathParam;
use crate::admin::problem::Problem;
use crate::domain::country::CountryNames;
use crate::domain::inventory::{InvalidRow, SlotChange, parse_country, parse_operator};
use crate::domain::phone::PhoneNumber;
use crate::domain::sms::Slot;
use crate::domain::wire_name::NAME_CHARACTERS_MAX;
use crate::flow::change_number::{ChangeNumberError, NumberPatch};
use crate::flow::import_numbers::ImportReport;

pub(in crate::admin) async fn patch(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(number): PathParam<PhoneNumber>,
    JsonBody(request): JsonBody<NumberRequest>,
) -> Result<Response, Problem> {
    let change = request.patch(&api.countries)?;
    let flows = &api.flows;
    let changed = flows.change_number(number, change).await;
    changed.map_err(|refused| match refused {
        ChangeNumberError::Unknown => unknown(),
        ChangeNumberError::Rejected(InvalidRow::GatewayUnknown) => Problem::bad(refused.to_string()),
        ChangeNumberError::Rejected(_) => Problem::conflict(refused.to_string()),
        ChangeNumberError::Storage(error) => error.into(),
    })?;
    let listed = flows.find_number(number).await?.ok_or_else(unknown)?;
    let warning = api.countries.contradiction(&number.digits(), &listed.country);
    Ok(Json(ChangedNumberDto {
        item: number_dto(&listed),
        warnings: warning.iter().map(ImportReport::prefix_warning).collect(),
    })
    .into_response())
}

/// The number after the change, with warnings.
#[derive(Serialize)]
struct ChangedNumberDto<'a> {
    #[serde(flatten)]
    item: NumberDto<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// What is to change; a missing field stays as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct NumberRequest {
    #[serde(default, deserialize_with = "present")]
    enabled: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    gateway: Option<Name>,
    #[serde(default, deserialize_with = "present")]
    country: Option<Name>,
    #[serde(default, deserialize_with = "present")]
    operator: Option<Name>,
    #[serde(default, deserialize_with = "line")]
    line: SlotChange,
}

type Name = Text<NAME_CHARACTERS_MAX>;

fn line<'de, D: Deserializer<'de>>(value: D) -> Result<SlotChange, D::Error> {
    let line = nullable(value, Slot::parse)?;
    Ok(line.map_or(SlotChange::Remove, SlotChange::Put))
}

impl NumberRequest {
    fn patch(self, countries: &CountryNames) -> Result<NumberPatch, Problem> {
        let rejected = |rejection: InvalidRow| Problem::bad(rejection.message(countries));
        let country = self.country.map(|Text(name)| parse_country(&name, countries));
        let operator = self.operator.map(|Text(name)| parse_operator(&name));
        let patch = NumberPatch {
            enabled: self.enabled,
            gateway: self.gateway.map(|Text(name)| name),
            country: country.transpose().map_err(rejected)?,
            operator: operator.transpose().map_err(rejected)?,
            line: self.line,
        };
        if patch == NumberPatch::default() {
            let fields = "enabled, gateway, country, operator or line";
            return Err(Problem::bad(format!("{fields} is missing: something has to change")));
        }
        Ok(patch)
    }
}
