//! The handler of SMS: the adapter of the gateway's kind parses the request, and one use case stores it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;
use tokio::time::Instant;

use super::auth::SmsSender;
use super::raw_request::{ParseError, Parsed, RawRequest};
use super::settings::{AdapterSettings, UnreadableSettings};
use super::{GatewayApi, GatewayError, reply};
use crate::domain::gateway::token::TokenOwner;
use crate::domain::trouble::Trouble;
use crate::flow::accept_sms::{Accepted, InboundBatch};
use crate::flow::group_commit::SubmitError;
use crate::http::deadline::Deadline;
use crate::metrics::labels::SmsResult;

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
    let incoming = RawRequest {
        method: &method,
        path_and_query: uri.path_and_query().map_or("/", |called| called.as_str()),
        query: uri.query().unwrap_or_default(),
        headers: &headers,
        body: &body,
        received_at: api.flows.now(),
        public_base: &api.public_base,
        replay_window: api.replay_window,
    };
    let settings = AdapterSettings::load(&gateway.adapter)?;
    if let Parsed::Messages(messages) = parse(&api, &gateway, &settings, &incoming)? {
        let batch = InboundBatch {
            gateway: gateway.id,
            with_current_token: gateway.good_until.is_none(),
            messages,
            received_at: incoming.received_at,
        };
        store(&api, batch, deadline).await?;
    }
    Ok(reply::acknowledged(&settings))
}

/// Stores the messages, and counts what became of them.
async fn store(api: &GatewayApi, batch: InboundBatch, deadline: Instant) -> Result<(), SubmitError> {
    let (gateway, count) = (batch.gateway, batch.messages.len());
    let accepted = api.flows.accept_sms(batch, deadline).await;
    match &accepted {
        Ok(accepted) => api.count_sms(gateway, accepted.iter().map(result)),
        Err(_) => api.count_sms(gateway, std::iter::repeat_n(SmsResult::NotStored, count)),
    }
    accepted.map(drop)
}

const fn result(accepted: &Accepted) -> SmsResult {
    match accepted {
        Accepted::Assigned(_) => SmsResult::Assigned,
        Accepted::Unassigned(_) => SmsResult::Unassigned,
        Accepted::Withheld(_) => SmsResult::Withheld,
        Accepted::Waiting => SmsResult::Waiting,
        Accepted::Duplicate => SmsResult::Duplicate,
    }
}

/// Parses the request; a wrong signature is noted as a trouble, because its SMS is not stored.
fn parse(
    api: &GatewayApi,
    gateway: &TokenOwner,
    settings: &AdapterSettings,
    incoming: &RawRequest<'_>,
) -> Result<Parsed, ParseError> {
    (settings.kind.parse)(settings, incoming).inspect_err(|error| {
        api.count_sms(gateway.id, [SmsResult::Invalid]);
        if let ParseError::Unsigned(_) = error {
            let trouble = Trouble::WrongGatewaySignature(gateway.id);
            api.flows
                .note_trouble(trouble, 1, "the signature is missing, wrong or too old");
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
