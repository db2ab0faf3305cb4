//! Onlinesim's door: the three requests in, and PUSH_SMS out.
//!
//! Each action has its path, and `POST /` takes all of them, told apart by `action`. A request passes [`auth`], is read
//! field by field in [`request`], becomes one call of a flow, and leaves through [`response`].

pub mod auth;
mod finish_activation;
mod get_number;
mod get_services;
pub mod push_sms;
pub mod request;
pub mod response;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use tower_http::compression::CompressionLayer;

use auth::{Keys, Onlinesim};
use request::{Action, BadRequest, Fields};
use response::Refusal;

use crate::flow::Flows;
use crate::web::deadline::{self, Deadline};
use crate::web::slashes;

/// What the door needs.
pub struct Door {
    /// The verbs.
    pub flows: Flows,
    /// Whom to let in.
    pub keys: Keys,
    /// What a request may cost.
    pub limits: Limits,
}

impl FromRef<Arc<Door>> for Keys {
    fn from_ref(door: &Arc<Door>) -> Self {
        door.keys.clone()
    }
}

impl FromRef<Arc<Door>> for Limits {
    fn from_ref(door: &Arc<Door>) -> Self {
        door.limits
    }
}

/// The bounds of a request.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long an answer may take.
    pub deadline: Duration,
    /// The largest body, as it comes and unpacked.
    pub body_bytes_max: usize,
    /// How many prefixes GET_NUMBER may exclude.
    pub prefixes_max: usize,
}

const ANY_ACTION: &str = "/";
const SERVICES: &str = "/getServicesRent";
const NUMBER: &str = "/getNumberRent";
const FINISH: &str = "/finishActivationRent";

/// The routes of the protocol, and what every other path is answered.
pub fn routes(door: Door) -> Router {
    let limits = door.limits;
    let router = Router::new()
        .route(ANY_ACTION, post(any_action))
        .route(SERVICES, post(services))
        .route(NUMBER, post(number))
        .route(FINISH, post(finish))
        .with_state(Arc::new(door));
    let paths = &[ANY_ACTION, SERVICES, NUMBER, FINISH];
    slashes::forgive(bounded(router, limits), paths, || not_found().into_response())
}

/// What every request of the protocol passes: bounds, gzip for the answer, the protocol's words for every refusal.
pub fn bounded(router: Router, limits: Limits) -> Router {
    router
        .layer(DefaultBodyLimit::max(limits.body_bytes_max))
        .layer(middleware::from_fn_with_state(limits.deadline, deadline::enforce))
        .layer(middleware::map_response(with_sentence))
        .layer(CompressionLayer::new())
}

/// Middleware: refusals that a library made without a body get one in the protocol's words.
async fn with_sentence(response: Response) -> Response {
    let is_ours = response.headers().get(axum::http::header::CONTENT_TYPE).is_some();
    let sentence = match response.status() {
        _ if is_ours => return response,
        StatusCode::METHOD_NOT_ALLOWED => "the method must be POST",
        StatusCode::SERVICE_UNAVAILABLE => "not served in time; nothing was changed",
        _ => return response,
    };
    let mut refusal = Refusal::new(response.status(), sentence).into_response();
    for (name, value) in response.headers() {
        if name == axum::http::header::ALLOW {
            refusal.headers_mut().insert(name, value.clone());
        }
    }
    refusal
}

fn not_found() -> Refusal {
    let sentence = "no such path: use /getServicesRent, /getNumberRent, /finishActivationRent or /";
    Refusal::new(StatusCode::NOT_FOUND, sentence)
}

async fn any_action(state: State<Arc<Door>>, deadline: Deadline, caller: Onlinesim) -> Result<Response, Refusal> {
    let fields = caller.fields()?;
    let action = fields.action()?;
    answer(&state.0, deadline, &fields, action).await
}

async fn services(state: State<Arc<Door>>, deadline: Deadline, caller: Onlinesim) -> Result<Response, Refusal> {
    only(&state.0, deadline, &caller, Action::GetServices).await
}

async fn number(state: State<Arc<Door>>, deadline: Deadline, caller: Onlinesim) -> Result<Response, Refusal> {
    only(&state.0, deadline, &caller, Action::GetNumber).await
}

async fn finish(state: State<Arc<Door>>, deadline: Deadline, caller: Onlinesim) -> Result<Response, Refusal> {
    only(&state.0, deadline, &caller, Action::FinishActivation).await
}

/// A path that takes one action only.
async fn only(door: &Door, deadline: Deadline, caller: &Onlinesim, action: Action) -> Result<Response, Refusal> {
    let fields = caller.fields()?;
    if fields.action()? != action {
        return Err(BadRequest(format!("action must be {} on this path", action.as_str())).into());
    }
    answer(door, deadline, &fields, action).await
}

async fn answer(door: &Door, deadline: Deadline, fields: &Fields<'_>, action: Action) -> Result<Response, Refusal> {
    door.flows.troubles.onlinesim_called();
    match action {
        Action::GetServices => get_services::answer(door, deadline).await,
        Action::GetNumber => get_number::answer(door, deadline, fields).await,
        Action::FinishActivation => finish_activation::answer(door, deadline, fields).await,
    }
}
