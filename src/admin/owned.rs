//! Numbers that are ours at a supplier: listed, and adopted.

use axum::extract::State;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::auth::AdminCaller;
use super::body::JsonBody;
use super::orders::fields::PhoneNumberField;
use super::orders::numbers::distinct;
use super::page::QueryParameters;
use super::path::PathParam;
use super::problem::Problem;
use super::{AdminApi, orders, supplier_call};
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::ability::Ability;
use crate::domain::purchase::owned::ListedOwned;
use crate::flow::adopt_numbers::AdoptNumbersError;

#[derive(Serialize)]
struct OwnedDto<'a> {
    number: String,
    at_supplier: bool,
    here: Option<&'a str>,
}

fn owned_dto(owned: &ListedOwned) -> OwnedDto<'_> {
    OwnedDto {
        number: owned.number.digits(),
        at_supplier: owned.at_supplier,
        here: owned.here.as_deref(),
    }
}

pub(super) async fn list(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(name): PathParam<SupplierName>,
    mut query: QueryParameters,
) -> Result<Response, Problem> {
    let page = query.page::<String>("owned")?;
    query.end()?;
    let listed = supplier_call::read(&api, name, Ability::Owned, |client| client.owned()).await?;
    let after = page.after.as_deref().unwrap_or_default();
    let rows = api.flows.list_owned(name, &listed, after, page.rows()).await?;
    Ok(page.answer(&rows, |last| last.number.digits(), owned_dto))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AdoptRequest {
    numbers: Vec<PhoneNumberField>,
}

pub(super) async fn adopt(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(name): PathParam<SupplierName>,
    JsonBody(AdoptRequest { numbers }): JsonBody<AdoptRequest>,
) -> Result<Response, Problem> {
    let numbers = distinct(numbers)?;
    let listed = supplier_call::read(&api, name, Ability::Owned, |client| client.owned()).await?;
    let order = api.flows.adopt_numbers(name, numbers, &listed, &api.countries).await;
    let order = order.map_err(|error| match error {
        AdoptNumbersError::NotOffered(_) | AdoptNumbersError::Order(_) | AdoptNumbersError::Refused(..) => {
            Problem::conflict(error.to_string())
        }
        AdoptNumbersError::Storage(error) => error.into(),
    })?;
    orders::accepted(&api.flows, order).await
}
