//! The handler of SMS: the adapter of the gateway's kind parses the request, and one use case stores it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;

use super::auth::SmsSender;
use super::raw_request::{ParseError, Parsed, RawRequest};
use super::settings::{AdapterSettings, UnreadableSettings};
use super::{GatewayApi, GatewayError, reply};
use crate::domain::gateway::token::TokenOwner;
use crate::domain::trouble::Trouble;
use crate::flow::Flows;
use crate::flow::accept_sms::InboundBatch;
use crate::http::deadline::Deadline;

pub(super) async fn handle(
    State(api): State<Arc<GatewayApi>>,
    Deadline(deadline): Deadline,
    SmsSender(gateway): SmsSender,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, GatewayError> {
    let body =
        body.map_err(|rejection| GatewayError::Bad(rejection.status(), "the body could not be read".to_owned()))?;
    let flows = &api.flows;
    let incoming = RawRequest {
        method: &method,
        path_and_query: uri.path_and_query().map_or("/", |called| called.as_str()),
        query: uri.query().unwrap_or_default(),
        headers: &headers,
        body: &body,
        received_at: flows.now(),
        public_base: &api.public_base,
        replay_window: api.replay_window,
    };
    let settings = AdapterSettings::load(&gateway.adapter)?;
    if let Parsed::Messages(messages) = parse(flows, &gateway, &settings, &incoming)? {
        let batch = InboundBatch {
            gateway: gateway.id,
            messages,
            received_at: incoming.received_at,
        };
        flows.accept_sms(batch, deadline).await?;
    }
    Ok(reply::acknowledged(&settings))
}

/// Parses the request; a wrong signature is noted as a trouble, because its SMS is not stored.
fn parse(
    flows: &Flows,
    gateway: &TokenOwner,
    settings: &AdapterSettings,
    incoming: &RawRequest<'_>,
) -> Result<Parsed, ParseError> {
    (settings.kind.parse)(settings, incoming).inspect_err(|error| {
        if let ParseError::Unsigned(_) = error {
            let trouble = Trouble::WrongGatewaySignature(gateway.id);
            flows.note_trouble(trouble, 1, "the signature is missing, wrong or too old");
        }
    })
}

impl From<UnreadableSettings> for GatewayError {
    fn from(error: UnreadableSettings) -> Self {
        tracing::error!(%error, "a gateway could not be served");
        Self::NotStored
    }
}

impl From<ParseError> for GatewayError {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::Bad(message) => Self::Bad(StatusCode::BAD_REQUEST, message),
            ParseError::Unsigned(message) => Self::Bad(StatusCode::UNAUTHORIZED, message),
        }
    }
}
