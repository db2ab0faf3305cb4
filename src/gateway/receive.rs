//! The one door for SMS: whatever the program, its adapter reads the request, and one flow stores it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::Response;

use super::auth::SmsSender;
use super::incoming::{Heard, Incoming, Unheard};
use super::{Door, Refusal, answer, generic, jasmin, kannel, simbox, sms_gate, twilio};
use crate::domain::dialect::{Dialect, Kind};
use crate::domain::trouble::Trouble;
use crate::flow::Flows;
use crate::flow::accept_sms::Handover;
use crate::flow::gateways::Known;
use crate::web::deadline::Deadline;

pub(super) async fn receive(
    State(door): State<Arc<Door>>,
    Deadline(deadline): Deadline,
    SmsSender(gateway): SmsSender,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    let body = body.map_err(|rejection| Refusal::Bad(rejection.status(), "the body could not be read".to_owned()))?;
    let flows = &door.flows;
    let incoming = Incoming {
        method: &method,
        path_and_query: uri.path_and_query().map_or("/", |called| called.as_str()),
        query: uri.query().unwrap_or_default(),
        headers: &headers,
        body: &body,
        received_at: flows.clock.now(),
        public_base: &door.public_base,
        replay_window: door.replay_window,
    };
    if let Heard::Messages(messages) = read_signed(flows, &gateway, &incoming)? {
        let handover = Handover {
            gateway: gateway.id,
            messages,
            received_at: incoming.received_at,
        };
        flows.accept_sms.submit(handover, deadline).await?;
    }
    Ok(answer::stored(&gateway.dialect))
}

/// Reads the request; one whose signature is wrong is a trouble, because what it brings is not stored.
fn read_signed(flows: &Flows, gateway: &Known, incoming: &Incoming<'_>) -> Result<Heard, Unheard> {
    read(&gateway.dialect, incoming).inspect_err(|unheard| {
        if let Unheard::Unsigned(_) = unheard {
            let trouble = Trouble::WrongGatewaySignature(gateway.id);
            flows
                .troubles
                .note(trouble, 1, "the signature is missing, wrong or too old");
        }
    })
}

fn read(dialect: &Dialect, incoming: &Incoming<'_>) -> Result<Heard, Unheard> {
    match dialect.kind {
        Kind::Generic | Kind::Gammu | Kind::Smstools => generic::read(dialect, incoming),
        Kind::Kannel => kannel::read(incoming),
        Kind::Jasmin => jasmin::read(dialect, incoming),
        Kind::SmsGate => sms_gate::read(dialect, incoming),
        Kind::Twilio => twilio::read(dialect, incoming),
        Kind::Simbox => simbox::read(incoming),
    }
}

impl From<Unheard> for Refusal {
    fn from(unheard: Unheard) -> Self {
        match unheard {
            Unheard::Bad(sentence) => Self::Bad(StatusCode::BAD_REQUEST, sentence),
            Unheard::Unsigned(sentence) => Self::Bad(StatusCode::UNAUTHORIZED, sentence),
        }
    }
}
