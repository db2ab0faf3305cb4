//! Onlinesim's API: the three requests in, and PUSH_SMS out.
//!
//! Each action has its path, and `POST /` accepts all of them, by the field `action`. A request passes [`auth`], is parsed
//! in [`request`], becomes one call of a use case, and is answered by [`response`].

pub mod auth;
mod finish_activation;
mod get_number;
mod get_services;
mod measure;
pub mod push_sms;
pub mod request;
pub mod response;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef, Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tower_http::compression::CompressionLayer;

use crate::domain::network::Networks;
use crate::domain::trouble::Trouble;
use crate::flow::Flows;
use crate::http::deadline::Deadline;
use crate::http::{callers, fill_empty_error, slashes};
use crate::metrics::Metrics;
use auth::{Keys, OnlinesimCaller};
use request::{Action, InvalidField, RequestFields};
use response::ProtocolError;

/// The state of the router.
pub struct OnlinesimApi {
    /// The use cases.
    pub flows: Flows,
    /// The keys of Onlinesim.
    pub keys: Keys,
    /// The bounds of a request.
    pub limits: RequestLimits,
    /// What the server counts.
    pub metrics: Arc<Metrics>,
    /// The networks that Onlinesim calls from; none: everybody may call.
    pub allow: Networks,
}

impl FromRef<Arc<OnlinesimApi>> for Keys {
    fn from_ref(api: &Arc<OnlinesimApi>) -> Self {
        api.keys.clone()
    }
}

impl FromRef<Arc<OnlinesimApi>> for RequestLimits {
    fn from_ref(api: &Arc<OnlinesimApi>) -> Self {
        api.limits
    }
}

/// The bounds of a request.
#[derive(Debug, Clone, Copy)]
pub struct RequestLimits {
    /// How long an answer may take.
    pub deadline: Duration,
    /// The largest body, compressed and decompressed.
    pub body_bytes_max: usize,
    /// How many prefixes GET_NUMBER may exclude.
    pub prefixes_max: usize,
}

const ANY_ACTION: &str = "/";
const SERVICES: &str = "/getServicesRent";
const NUMBER: &str = "/getNumberRent";
const FINISH: &str = "/finishActivationRent";

/// The routes of the protocol, and the answer for all other paths.
pub fn routes(api: OnlinesimApi) -> Router {
    let (limits, metrics) = (api.limits, Arc::clone(&api.metrics));
    let api = Arc::new(api);
    let router = Router::new()
        .route(ANY_ACTION, post(any_action))
        .route(SERVICES, post(services))
        .route(NUMBER, post(number))
        .route(FINISH, post(finish))
        .with_state(Arc::clone(&api));
    let paths = &[ANY_ACTION, SERVICES, NUMBER, FINISH];
    let router = slashes::ignore_extra(bounded(router, limits, metrics), paths, || not_found().into_response());
    // Each layer costs every rental some microseconds.
    match api.allow.is_empty() {
        true => router,
        false => router.layer(middleware::from_fn_with_state(api, refuse_others)),
    }
}

/// Middleware: refuses clients outside the networks that may call, before anything of the request is read.
async fn refuse_others(State(api): State<Arc<OnlinesimApi>>, request: Request, next: Next) -> Response {
    match callers::check(&api.allow, request.extensions()) {
        Ok(()) => next.run(request).await,
        Err(refused) => {
            api.flows
                .note_trouble(Trouble::WrongOnlinesimAddress, 1, refused.to_string());
            ProtocolError::new(StatusCode::FORBIDDEN, "requests from this address are not allowed").into_response()
        }
    }
}

/// The layers of every request of the protocol: bounds, gzip for the answer, a body for every refusal, which is counted.
pub fn bounded(router: Router, limits: RequestLimits, metrics: Arc<Metrics>) -> Router {
    router
        .layer(DefaultBodyLimit::max(limits.body_bytes_max))
        .layer(middleware::from_fn_with_state(
            (limits.deadline, metrics),
            measure::enforce,
        ))
        .layer(middleware::map_response(fill_empty_errors))
        .layer(CompressionLayer::new())
}

/// Middleware: gives refusals that a library made without a body one in the protocol's format.
async fn fill_empty_errors(response: Response) -> Response {
    fill_empty_error(response, |status| {
        let message = match status {
            StatusCode::METHOD_NOT_ALLOWED => "the method must be POST",
            StatusCode::SERVICE_UNAVAILABLE => "not served in time; nothing was changed",
            _ => return None,
        };
        Some(ProtocolError::new(status, message).into_response())
    })
}

fn not_found() -> ProtocolError {
    let message = "no such path: use /getServicesRent, /getNumberRent, /finishActivationRent or /";
    ProtocolError::new(StatusCode::NOT_FOUND, message)
}

async fn any_action(
    state: State<Arc<OnlinesimApi>>,
    deadline: Deadline,
    caller: OnlinesimCaller,
) -> Result<Response, ProtocolError> {
    let fields = caller.fields()?;
    let action = fields.action()?;
    answer(&state.0, deadline, &fields, action).await
}

async fn services(
    state: State<Arc<OnlinesimApi>>,
    deadline: Deadline,
    caller: OnlinesimCaller,
) -> Result<Response, ProtocolError> {
    expect_action(&state.0, deadline, &caller, Action::GetServices).await
}

async fn number(
    state: State<Arc<OnlinesimApi>>,
    deadline: Deadline,
    caller: OnlinesimCaller,
) -> Result<Response, ProtocolError> {
    expect_action(&state.0, deadline, &caller, Action::GetNumber).await
}

async fn finish(
    state: State<Arc<OnlinesimApi>>,
    deadline: Deadline,
    caller: OnlinesimCaller,
) -> Result<Response, ProtocolError> {
    expect_action(&state.0, deadline, &caller, Action::FinishActivation).await
}

/// A path that takes one action only.
async fn expect_action(
    api: &OnlinesimApi,
    deadline: Deadline,
    caller: &OnlinesimCaller,
    action: Action,
) -> Result<Response, ProtocolError> {
    let fields = caller.fields()?;
    if fields.action()? != action {
        return Err(InvalidField(format!("action must be {} on this path", action.as_str())).into());
    }
    answer(api, deadline, &fields, action).await
}

async fn answer(
    api: &OnlinesimApi,
    deadline: Deadline,
    fields: &RequestFields<'_>,
    action: Action,
) -> Result<Response, ProtocolError> {
    api.flows.onlinesim_called();
    api.metrics.requested(action.into(), api.flows.now());
    let answered = match action {
        Action::GetServices => get_services::answer(api, deadline).await,
        Action::GetNumber => get_number::answer(api, deadline, fields).await,
        Action::FinishActivation => finish_activation::answer(api, deadline, fields).await,
    };
    match answered {
        Ok(answered) => Ok(measure::served(api, action, deadline, answered)),
        Err(refusal) => Err(refusal.of(action)),
    }
}
