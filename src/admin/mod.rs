//! The partner's own door: REST for curl, behind a token, on its own listener.

use std::sync::Arc;

use axum::Router;
use secrecy::SecretString;

use crate::domain::country::CountryNames;
use crate::flow::Flows;

/// What the door needs.
#[derive(Clone)]
pub struct Door {
    /// The verbs.
    pub flows: Flows,
    /// Countries of numbers.
    pub countries: Arc<CountryNames>,
    /// Who may come in.
    pub token: SecretString,
    /// The largest body.
    pub body_bytes_max: usize,
    /// The URL under which gateways reach the server, without a slash at its end.
    pub gateway_base: String,
}

/// The routes of the admin.
pub fn routes(door: Door) -> Router {
    let _ = door;
    Router::new()
}
