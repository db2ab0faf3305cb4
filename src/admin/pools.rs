//! Pools: how many numbers of one gateway, country and operator there are, and what they are doing.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::Door;
use super::auth::Admin;
use super::page::Parameters;
use super::problem::Problem;
use crate::domain::stock::PoolId;
use crate::domain::wire_name::{CountryName, OperatorName};
use crate::flow::views::{self, ListedPool, PoolFilter};

#[derive(Serialize)]
struct Item<'a> {
    gateway: &'a str,
    country: &'a str,
    operator: &'a str,
    available: i64,
    rented: i64,
    numbers: i64,
}

fn item(listed: &ListedPool) -> Item<'_> {
    Item {
        gateway: &listed.gateway,
        country: listed.country.as_str(),
        operator: listed.operator.as_str(),
        available: listed.available,
        rented: listed.rented,
        numbers: listed.numbers,
    }
}

pub(super) async fn list(State(door): State<Door>, _: Admin, mut query: Parameters) -> Result<Response, Problem> {
    let page = query.page::<i64>("pools")?;
    let filter = PoolFilter {
        gateway: query.take("gateway"),
        country: query.read("country", "the name of a country", |name| CountryName::parse(name).ok())?,
        operator: query.read("operator", "the name of an operator", |name| {
            OperatorName::parse(name).ok()
        })?,
    };
    query.end()?;
    let rows = views::pools(&door.flows, &filter, page.after.map(PoolId), page.rows()).await?;
    Ok(page.answer(&rows, |last| last.id.0.to_string(), item))
}
