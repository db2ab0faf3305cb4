//! Who calls: the extractor that lets Onlinesim in, and nobody else.
//!
//! The key travels twice, as `Authorization: Bearer <key>` and as `key` in the body. Both must be one of ours; with
//! `partner.auth = "body"` the header may be missing. Keys are compared in constant time, all of them each time.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRef, FromRequest, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use subtle::{Choice, ConstantTimeEq};

use super::request::Fields;
use super::response::Refusal;
use crate::config::partner::PartnerAuth;
use crate::web::{bearer, media_type};

/// The keys that are accepted, and where they must stand.
#[derive(Debug, Clone)]
pub struct Keys {
    keys: Arc<[SecretString]>,
    auth: PartnerAuth,
}

impl Keys {
    /// All keys; the first one is also used for pushing.
    #[must_use]
    pub fn new(keys: &[SecretString], auth: PartnerAuth) -> Self {
        Self {
            keys: keys.into(),
            auth,
        }
    }

    fn accept(&self, given: &str) -> bool {
        let fits = |key: &SecretString| key.expose_secret().as_bytes().ct_eq(given.as_bytes());
        self.keys
            .iter()
            .fold(Choice::from(0), |found, key| found | fits(key))
            .into()
    }

    /// The header: right, or missing where the body alone will do.
    fn check_header(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        match (headers.contains_key(AUTHORIZATION), self.auth) {
            (false, PartnerAuth::Bearer) => Err(Refusal::unauthorized(
                "the header Authorization: Bearer <key> is missing",
            )),
            (false, PartnerAuth::Body) => Ok(()),
            (true, _) if bearer(headers).is_some_and(|key| self.accept(key)) => Ok(()),
            (true, _) => Err(Refusal::unauthorized("the key in the header Authorization is wrong")),
        }
    }

    /// The body: the key that it carries must be ours, and the header's if there is one.
    fn check_body(&self, headers: &HeaderMap, fields: &Fields<'_>) -> Result<(), Refusal> {
        match (fields.key()?, bearer(headers)) {
            (Some(key), Some(header)) if bool::from(key.as_bytes().ct_eq(header.as_bytes())) => Ok(()),
            (Some(key), None) if self.accept(&key) => Ok(()),
            (Some(_), _) => Err(Refusal::unauthorized("key in the body is wrong")),
            (None, Some(_)) => Err(Refusal::new(StatusCode::BAD_REQUEST, "key is missing")),
            (None, None) => Err(Refusal::unauthorized("key is missing")),
        }
    }
}

/// A request of Onlinesim: its key was right. The body is still to be read field by field.
#[derive(Debug)]
pub struct Onlinesim {
    body: Bytes,
}

impl Onlinesim {
    /// The fields of the body.
    pub fn fields(&self) -> Result<Fields<'_>, Refusal> {
        Ok(Fields::parse(&self.body)?)
    }
}

impl<S> FromRequest<S> for Onlinesim
where
    S: Send + Sync,
    Keys: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request(request: Request<Body>, state: &S) -> Result<Self, Refusal> {
        let keys = Keys::from_ref(state);
        keys.check_header(request.headers())?;
        let headers = request.headers().clone();
        if media_type(&headers) != "application/json" {
            let sentence = "the header Content-Type must be application/json";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
                _ => Refusal::new(StatusCode::BAD_REQUEST, "the body could not be read"),
            })?;
        let caller = Self { body };
        keys.check_body(&headers, &caller.fields()?)?;
        Ok(caller)
    }
}
