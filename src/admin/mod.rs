//! The admin API: REST for curl, behind a token, on its own listener.
//!
//! One file per resource. A request passes `auth`, is parsed as a type of its own (`body`) or parameter by parameter
//! (`page`), and becomes one call of a use case. The answer is JSON; every refusal is a `problem`.

mod auth;
mod balance;
mod bans;
mod body;
mod costs;
mod erasure;
mod gateways;
mod idle;
mod ledger;
mod margin;
mod messages;
mod metrics;
pub mod numbers;
mod operations;
mod order_lines;
mod orders;
mod owned;
mod page;
mod path;
mod pools;
mod problem;
mod restock;
mod rewire;
mod supplier_call;
mod suppliers;
#[cfg(test)]
mod tests;
mod troubles;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{delete, get, post};
use tower_http::compression::CompressionLayer;
use tower_http::decompression::RequestDecompressionLayer;

use crate::domain::country::CountryNames;
use crate::flow::Flows;
use crate::flow::asked_by::asked_by;
use crate::http::auth_failures::{AuthFailures, ClientAddress};
use crate::http::caller_secrets::SharedSecrets;
use crate::metrics::Metrics;
use crate::supplier::registry::Suppliers;
use problem::Problem;

/// The state of the router.
#[derive(Clone)]
pub struct AdminApi {
    /// The use cases.
    pub flows: Flows,
    /// Finds the country of a number.
    pub countries: Arc<CountryNames>,
    /// The suppliers that are on: only read, see `supplier_call`.
    pub suppliers: Suppliers,
    /// With the token that every request has to carry.
    pub secrets: SharedSecrets,
    /// Counts and limits requests with a wrong token.
    pub failures: AuthFailures,
    /// The largest body, in bytes.
    pub body_bytes_max: usize,
    /// The most pools that one import may add.
    pub new_pools_max: u32,
    /// The base URL under which gateways reach the server, without a slash at the end.
    pub gateway_base: String,
    /// How long one exchange with them may take.
    pub supplier_timeout: Duration,
    /// What the server counts.
    pub metrics: Arc<Metrics>,
}

/// The routes of the admin API. There is no deadline, because an import may take long.
pub fn routes(api: AdminApi) -> Router {
    let body_bytes_max = api.body_bytes_max;
    Router::new()
        .route("/v1/gateways", get(gateways::list).post(gateways::create))
        .route(
            "/v1/gateways/{name}",
            get(gateways::find).patch(gateways::patch).delete(gateways::delete),
        )
        .route("/v1/gateways/{name}/token", post(gateways::rotate))
        .route("/v1/numbers", get(numbers::list).post(numbers::import))
        .route("/v1/numbers/{number}", get(numbers::find).patch(numbers::patch))
        .route("/v1/numbers/{number}/give-back", post(numbers::give_back))
        .route("/v1/numbers/{number}/restore", post(numbers::restore))
        .route("/v1/pools", get(pools::list))
        .route("/v1/operations", get(operations::list))
        .route("/v1/operations/{id}", get(operations::find))
        .route("/v1/operations/{id}/close", post(operations::close))
        .route("/v1/messages", get(messages::list))
        .route("/v1/messages/erase", post(erasure::erase))
        .route("/v1/messages/{id}/resend", post(messages::resend))
        .route("/v1/bans", get(bans::list).post(bans::create))
        .route("/v1/bans/{number}", delete(bans::lift))
        .route("/v1/balance", get(balance::show))
        .route("/v1/ledger", get(ledger::list))
        .route("/v1/costs", get(costs::list))
        .route("/v1/margin", get(margin::list))
        .route("/v1/idle", get(idle::list))
        .route("/v1/troubles", get(troubles::list))
        .route("/v1/suppliers", get(suppliers::list))
        .route("/v1/suppliers/{name}/available", get(suppliers::available))
        .route("/v1/suppliers/{name}/resume", post(suppliers::resume))
        .route("/v1/suppliers/{name}/owned", get(owned::list))
        .route("/v1/suppliers/{name}/adopt", post(owned::adopt))
        .route("/v1/suppliers/{name}/rewire", get(rewire::list))
        .route("/v1/suppliers/{name}/setup", get(rewire::setup))
        .route(
            "/v1/restock/{supplier}/{country}",
            get(restock::find).put(restock::put).delete(restock::delete),
        )
        .route("/metrics", get(metrics::show))
        .route("/v1/orders", get(orders::list).post(orders::create))
        .route("/v1/orders/{id}", get(orders::find))
        .route("/v1/orders/{id}/cancel", post(orders::cancel))
        .route("/v1/order-lines/{id}/resolve", post(order_lines::resolve))
        .route("/v1/order-lines/{id}/prove", post(order_lines::prove))
        .with_state(api)
        .fallback(not_found)
        .layer(middleware::from_fn(in_the_name_of_its_client))
        .layer(DefaultBodyLimit::max(body_bytes_max))
        .layer(RequestDecompressionLayer::new())
        .layer(middleware::map_response(problem::fill_empty_errors))
        .layer(CompressionLayer::new())
}

/// Middleware: the audit has the address of the client.
async fn in_the_name_of_its_client(request: Request, next: Next) -> Response {
    match ClientAddress::of(request.extensions()) {
        Some(ClientAddress(address)) => asked_by(address, next.run(request)).await,
        None => next.run(request).await,
    }
}

async fn not_found() -> Problem {
    Problem::not_found("there is no such path; the paths begin with /v1/")
}
