//! The one door for SMS: whatever the program, its adapter reads the request, and one flow stores it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;

use super::adapters::{generic, jasmin, kannel, simbox, sms_gate, twilio};
use super::auth::SmsSender;
use super::raw_request::{ParseError, Parsed, RawRequest};
use super::{GatewayApi, GatewayError, reply};
use crate::domain::dialect::{AdapterSettings, GatewayKind};
use crate::domain::trouble::Trouble;
use crate::flow::Flows;
use crate::flow::accept_sms::InboundBatch;
use crate::flow::gateways::KnownGateway;
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
    if let Parsed::Messages(messages) = read_signed(flows, &gateway, &incoming)? {
        let handover = InboundBatch {
            gateway: gateway.id,
            messages,
            received_at: incoming.received_at,
        };
        flows.accept_sms(handover, deadline).await?;
    }
    Ok(reply::acknowledged(&gateway.dialect))
}

/// Reads the request; one whose signature is wrong is a trouble, because what it brings is not stored.
fn read_signed(flows: &Flows, gateway: &KnownGateway, incoming: &RawRequest<'_>) -> Result<Parsed, ParseError> {
    read(&gateway.dialect, incoming).inspect_err(|unheard| {
        if let ParseError::Unsigned(_) = unheard {
            let trouble = Trouble::WrongGatewaySignature(gateway.id);
            flows.note_trouble(trouble, 1, "the signature is missing, wrong or too old");
        }
    })
}

fn read(dialect: &AdapterSettings, incoming: &RawRequest<'_>) -> Result<Parsed, ParseError> {
    match dialect.kind {
        GatewayKind::Generic | GatewayKind::Gammu | GatewayKind::Smstools => generic::read(dialect, incoming),
        GatewayKind::Kannel => kannel::read(incoming),
        GatewayKind::Jasmin => jasmin::read(dialect, incoming),
        GatewayKind::SmsGate => sms_gate::read(dialect, incoming),
        GatewayKind::Twilio => twilio::read(dialect, incoming),
        GatewayKind::Simbox => simbox::read(incoming),
    }
}

impl From<ParseError> for GatewayError {
    fn from(unheard: ParseError) -> Self {
        match unheard {
            ParseError::Bad(sentence) => Self::Bad(StatusCode::BAD_REQUEST, sentence),
            ParseError::Unsigned(sentence) => Self::Bad(StatusCode::UNAUTHORIZED, sentence),
        }
    }
}
