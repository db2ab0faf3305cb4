//! Pools: how many numbers of one gateway, country and operator there are, in which states.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::AdminApi;
use super::auth::AdminCaller;
use super::page::QueryParameters;
use super::problem::Problem;
use crate::domain::listed::{ListedPool, PoolFilter};
use crate::domain::stock::PoolId;
use crate::domain::wire_name::{CountryName, OperatorName};

#[derive(Serialize)]
struct PoolDto<'a> {
    gateway: &'a str,
    country: &'a str,
    operator: &'a str,
    available: i64,
    rented: i64,
    numbers: i64,
}

fn pool_dto(listed: &ListedPool) -> PoolDto<'_> {
    PoolDto {
        gateway: &listed.gateway,
        country: listed.country.as_str(),
        operator: listed.operator.as_str(),
        available: listed.available,
        rented: listed.rented,
        numbers: listed.numbers,
    }
}

pub(super) async fn list(
    State(api): State<AdminApi>,
    _: AdminCaller,
    mut query: QueryParameters,
) -> Result<Response, Problem> {
    let page = query.page::<i64>("pools")?;
    let filter = PoolFilter {
        gateway: query.take("gateway"),
        country: query.read("country", "the name of a country", |name| CountryName::parse(name).ok())?,
        operator: query.read("operator", "the name of an operator", |name| {
            OperatorName::parse(name).ok()
        })?,
    };
    query.end()?;
    let rows = api
        .flows
        .list_pools(&filter, page.after.map(PoolId), page.rows())
        .await?;
    Ok(page.answer(&rows, |last| last.id.0.to_string(), pool_dto))
}
