//! Orders at wholesalers: placed, listed, shown with their lines and history, and cancelled.

pub(super) mod fields;
mod form;
pub(super) mod numbers;
mod request;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::auth::AdminCaller;
use super::body::{JsonBody, ReasonRequest};
use super::order_lines::{LineDto, line_dto, unstored_line_dto};
use super::page::QueryParameters;
use super::path::PathParam;
use super::problem::Problem;
use super::{AdminApi, supplier_call};
use crate::clock::rfc3339;
use crate::domain::audit::purchase::PurchaseRecord;
use crate::domain::purchase::OrderId;
use crate::domain::purchase::ability::Ability;
use crate::domain::purchase::order::{OrderReference, OrderState, OrderTerms};
use crate::domain::purchase::outcome::{CallFailure, CallResult, Offer};
use crate::domain::purchase::placement::OrderRefusal;
use crate::domain::purchase::preview::OrderPreview;
use crate::domain::purchase::terms::SupplierTerms;
use crate::flow::Flows;
use crate::flow::cancel_order::{CancelOrderError, KeptLine};
use crate::flow::place_order::{PlaceOrderError, PlacedOrder};
use crate::flow::purchase_views::{OrderFilter, OrderView};
use request::OrderRequest;

/// An order without its lines, as lists have it.
#[derive(Serialize)]
struct OrderDto {
    /// Null: it would be placed, but the request was a dry run.
    id: Option<i64>,
    reference: Option<String>,
    supplier: &'static str,
    state: &'static str,
    wanted: u32,
    stocked: u32,
    highest_cost: String,
    currency: Option<String>,
    created_at: Option<String>,
}

/// An order with its lines.
#[derive(Serialize)]
struct OrderDetailsDto {
    #[serde(flatten)]
    order: OrderDto,
    lines: Vec<LineDto>,
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Vec<LineEventDto>>,
}

/// An order that is not placed, and what forbids it.
#[derive(Serialize)]
struct DryRunDto {
    #[serde(flatten)]
    order: OrderDetailsDto,
    forbidden: Option<String>,
}

#[derive(Serialize)]
struct LineEventDto {
    at: String,
    line: i64,
    action: String,
    detail: Option<String>,
}

fn line_event_dto(record: &PurchaseRecord) -> LineEventDto {
    LineEventDto {
        at: rfc3339(record.at),
        line: record.line.0,
        action: record.kind.clone(),
        detail: record.detail.clone(),
    }
}

/// The order of these terms, not placed.
fn terms_dto(terms: &OrderTerms, supplier: Option<&SupplierTerms>) -> OrderDto {
    let wanted = terms.numbers.quantity();
    let first_day = supplier.map_or_else(
        || terms.highest.first_day(),
        |supplier| supplier.first_day(terms.highest),
    );
    OrderDto {
        id: None,
        reference: terms.reference.as_ref().map(|reference| reference.as_str().to_owned()),
        supplier: terms.supplier.into(),
        state: OrderState::Open.into(),
        wanted,
        stocked: 0,
        highest_cost: first_day.times(wanted).to_string(),
        currency: supplier.map(|supplier| supplier.currency.to_string()),
        created_at: None,
    }
}

fn order_dto(view: &OrderView) -> OrderDto {
    OrderDto {
        id: Some(view.order.id.0),
        state: view.state.into(),
        stocked: view.stocked,
        created_at: Some(rfc3339(view.order.created_at)),
        ..terms_dto(&view.order.terms, view.supplier.as_ref())
    }
}

fn unknown() -> Problem {
    Problem::not_found("there is no such order")
}

pub(super) async fn create(
    State(api): State<AdminApi>,
    _: AdminCaller,
    JsonBody(request): JsonBody<OrderRequest>,
) -> Result<Response, Problem> {
    let dry_run = request.dry_run;
    let terms = request.terms(&api.countries)?;
    if dry_run {
        return preview(&api, terms).await;
    }
    let placed = api.flows.place_order(terms).await;
    placed_answer(&api, placed).await
}

/// The order that was placed, or why it was not.
pub(super) async fn placed_answer(
    api: &AdminApi,
    placed: Result<PlacedOrder, PlaceOrderError>,
) -> Result<Response, Problem> {
    let placed = placed.map_err(|error| match error {
        PlaceOrderError::Refused(refusal) => Problem::conflict(refusal.to_string()),
        PlaceOrderError::Storage(error) => error.into(),
    })?;
    let status = match placed.is_new {
        true => StatusCode::ACCEPTED,
        false => StatusCode::OK,
    };
    let order = details(&api.flows, placed.order, false, &[]).await?;
    Ok((status, Json(order)).into_response())
}

/// The answer to a request that stored that order.
pub(super) async fn accepted(flows: &Flows, order: OrderId) -> Result<Response, Problem> {
    let order = details(flows, order, false, &[]).await?;
    Ok((StatusCode::ACCEPTED, Json(order)).into_response())
}

/// What would be ordered, and what forbids it. Numbers are chosen by a search, as the worker does.
async fn preview(api: &AdminApi, terms: OrderTerms) -> Result<Response, Problem> {
    let account = api.flows.purchase_policy().accounts.get(&terms.supplier);
    let supplier = account.map(|account| &account.terms);
    let (mut preview, refusal) = api.flows.preview_order(terms).await?;
    if refusal.is_none() {
        let offers = searched(api, &preview).await;
        preview = api.flows.preview_purchase(preview, offers.as_ref()).await?;
    }
    let order = OrderDetailsDto {
        order: terms_dto(&preview.order.terms, supplier),
        lines: preview.lines.iter().map(unstored_line_dto).collect(),
        history: None,
    };
    let forbidden = refusal.as_ref().map(OrderRefusal::to_string);
    Ok(Json(DryRunDto { order, forbidden }).into_response())
}

/// What is for sale, where the order's numbers are chosen by a search. A search that fails forbids nothing: each line shows why.
async fn searched(api: &AdminApi, preview: &OrderPreview) -> Option<CallResult<Vec<Offer>>> {
    let country = preview.order.terms.country.as_ref();
    let search = preview.search(country.and_then(|country| api.countries.code(country))?)?;
    let found = supplier_call::read(api, preview.supplier(), Ability::Search, |client| {
        client.search(&search)
    })
    .await;
    Some(found.map_err(|problem| CallFailure::NoAnswer(problem.detail().to_owned())))
}

/// The order as it is now. Lines that could not be cancelled have that reason.
async fn details(
    flows: &Flows,
    order: OrderId,
    with_history: bool,
    kept: &[KeptLine],
) -> Result<OrderDetailsDto, Problem> {
    let found = flows.find_order(order).await?.ok_or_else(unknown)?;
    let mut lines: Vec<LineDto> = found.lines.iter().map(line_dto).collect();
    for (id, obstacle) in kept {
        let line = lines.iter_mut().find(|line| line.id == Some(id.0));
        line.into_iter()
            .for_each(|line| line.reason = Some(obstacle.to_string()));
    }
    Ok(OrderDetailsDto {
        order: order_dto(&found.view),
        lines,
        history: with_history.then(|| found.history.iter().map(line_event_dto).collect()),
    })
}

pub(super) async fn list(
    State(api): State<AdminApi>,
    _: AdminCaller,
    mut query: QueryParameters,
) -> Result<Response, Problem> {
    let page = query.page::<i64>("orders")?;
    let states = "open, done, partial, failed or cancelled";
    let filter = OrderFilter {
        state: query.read("state", states, |text| text.parse::<OrderState>().ok())?,
        supplier: query.read("supplier", "multitel-v3, multitel, cm or carrierx", |text| {
            text.parse().ok()
        })?,
        reference: query.read("reference", "1 to 64 visible ASCII characters", |text| {
            OrderReference::parse(text).ok()
        })?,
    };
    query.end()?;
    let found = api
        .flows
        .list_orders(&filter, page.after.map(OrderId), page.limit())
        .await?;
    let next = found.next.map(|order| order.0.to_string());
    Ok(page.part(found.orders.iter().map(order_dto).collect(), next))
}

pub(super) async fn find(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(id): PathParam<i64>,
) -> Result<Response, Problem> {
    let order = details(&api.flows, OrderId(id), true, &[]).await?;
    Ok(Json(order).into_response())
}

pub(super) async fn cancel(
    State(api): State<AdminApi>,
    _: AdminCaller,
    PathParam(id): PathParam<i64>,
    JsonBody(ReasonRequest { reason }): JsonBody<ReasonRequest>,
) -> Result<Response, Problem> {
    let kept = api.flows.cancel_order(OrderId(id), &reason.0).await;
    let kept = kept.map_err(|error| match error {
        CancelOrderError::Unknown => unknown(),
        CancelOrderError::NothingToCancel(_) => Problem::conflict(error.to_string()),
        CancelOrderError::Storage(error) => error.into(),
    })?;
    let order = details(&api.flows, OrderId(id), false, &kept).await?;
    Ok(Json(order).into_response())
}
