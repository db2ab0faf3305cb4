//! Authentication: the extractor that turns a token into its gateway. The token is in the path, the only place that every
//! program can set, or in `Authorization`: as the password of Basic with any name, or as Bearer.

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{GatewayApi, GatewayError};
use crate::domain::gateway::token::TokenOwner;
use crate::domain::trouble::Trouble;
use crate::http::auth_failures::ClientAddress;
use crate::http::callers;
use crate::metrics::labels::SmsResult;

/// An enabled gateway whose token was right, and which calls from where it may.
#[derive(Debug, Clone)]
pub(super) struct GatewayCaller(pub(super) Arc<TokenOwner>);

impl FromRequestParts<Arc<GatewayApi>> for GatewayCaller {
    type Rejection = GatewayError;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<GatewayApi>) -> Result<Self, GatewayError> {
        let token = token(parts, api).await;
        let found = match &token {
            Some(token) => api.directory.find(token).await?,
            None => None,
        };
        let gateway = found.ok_or_else(|| {
            let address = ClientAddress::of(&parts.extensions);
            let wait = api.failures.note(Trouble::WrongGatewayToken, address);
            let refusal = token.map_or(GatewayError::MissingToken, |_| GatewayError::UnknownToken);
            wait.map_or(refusal, GatewayError::TooManyFailures)
        })?;
        if let Err(refused) = callers::check(&gateway.allow, &parts.extensions) {
            let trouble = Trouble::WrongGatewayAddress(gateway.id);
            api.flows.note_trouble(trouble, 1, refused.to_string());
            return Err(GatewayError::OtherAddress);
        }
        if !gateway.enabled {
            return Err(GatewayError::Disabled(gateway.id));
        }
        Ok(Self(gateway))
    }
}

/// A [`GatewayCaller`] that delivers SMS: requests of a disabled one are counted, and their bodies are not read.
#[derive(Debug, Clone)]
pub(super) struct SmsSender(pub(super) Arc<TokenOwner>);

impl FromRequestParts<Arc<GatewayApi>> for SmsSender {
    type Rejection = GatewayError;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<GatewayApi>) -> Result<Self, GatewayError> {
        let caller = GatewayCaller::from_request_parts(parts, api).await;
        if let Err(GatewayError::Disabled(gateway)) = &caller {
            api.flows.count_refused(*gateway);
            api.count_sms(*gateway, [SmsResult::Disabled]);
        }
        caller.map(|GatewayCaller(gateway)| Self(gateway))
    }
}

/// The token in the path, or else in the header.
async fn token(parts: &mut Parts, api: &Arc<GatewayApi>) -> Option<String> {
    let Ok(path) = RawPathParams::from_request_parts(parts, api).await else {
        // Invalid UTF-8: a token that no gateway has.
        return Some(String::new());
    };
    let in_path = path.iter().next().map(|(_, token)| token.to_owned());
    in_path.or_else(|| from_header(&parts.headers))
}

/// The token in `Authorization`.
fn from_header(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, credentials) = value.split_once(' ')?;
    let credentials = credentials.trim();
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Some(credentials.to_owned()),
        "basic" => {
            let pair = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
            let (_, password) = pair.split_once(':')?;
            Some(password.to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_carries_the_token_as_a_password_or_as_it_is() {
        let token = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            from_header(&headers)
        };
        for (value, expected) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            // kannel:abc, :abc, a:b:c
            ("Basic a2FubmVsOmFiYw==", Some("abc")),
            ("basic OmFiYw==", Some("abc")),
            ("Basic YTpiOmM=", Some("b:c")),
            // abc without a name; not base64; invalid UTF-8
            ("Basic YWJj", None),
            ("Basic !", None),
            ("Basic Ov8=", None),
            ("Digest abc", None),
            ("abc", None),
        ] {
            assert_eq!(token(value).as_deref(), expected, "{value}");
        }
        assert_eq!(from_header(&HeaderMap::new()), None);
    }
}
