//! Troubles: what is open, and what ended in the last seven days.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

use super::AdminApi;
use super::auth::AdminCaller;
use super::page::QueryParameters;
use super::problem::Problem;
use crate::clock::rfc3339;
use crate::domain::trouble::{ListedTrouble, TroubleId};
use crate::domain::wire_name::CountryName;

#[derive(Serialize)]
struct TroubleDto<'a> {
    id: i64,
    kind: &'static str,
    gateway: Option<&'a str>,
    country: Option<&'a str>,
    supplier: Option<&'static str>,
    began_at: String,
    ended_at: Option<String>,
    count: u64,
    detail: &'a str,
}

fn trouble_dto(listed: &ListedTrouble) -> TroubleDto<'_> {
    let open = &listed.trouble;
    TroubleDto {
        id: open.id.0,
        kind: open.trouble.kind(),
        gateway: listed.gateway.as_deref(),
        country: open.trouble.country().map(CountryName::as_str),
        supplier: open.trouble.supplier().map(<&str>::from),
        began_at: rfc3339(open.began_at),
        ended_at: listed.ended_at.map(rfc3339),
        count: open.count,
        detail: &open.detail,
    }
}

pub(super) async fn list(
    State(api): State<AdminApi>,
    _: AdminCaller,
    mut query: QueryParameters,
) -> Result<Response, Problem> {
    let page = query.page::<i64>("troubles")?;
    let state = query.read("state", "open or ended", |state| state.parse().ok())?;
    query.end()?;
    let rows = api
        .flows
        .list_troubles(state, page.after.map(TroubleId), page.rows())
        .await?;
    Ok(page.answer(&rows, |last| last.trouble.id.0.to_string(), trouble_dto))
}
