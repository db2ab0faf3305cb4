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
use crate::domain::trouble::Trouble;
use crate::web::auth_failures::{AuthFailures, ClientAddress};
use crate::web::{bearer, media_type};

/// The keys that are accepted, and where they must stand.
#[derive(Debug, Clone)]
pub struct Keys {
    keys: Arc<[SecretString]>,
    auth: PartnerAuth,
    failures: AuthFailures,
}

impl Keys {
    /// All keys; the first one is also used for pushing.
    #[must_use]
    pub fn new(keys: &[SecretString], auth: PartnerAuth, failures: AuthFailures) -> Self {
        Self {
            keys: keys.into(),
            auth,
            failures,
        }
    }

    fn accept(&self, given: &str) -> bool {
        let fits = |key: &SecretString| key.expose_secret().as_bytes().ct_eq(given.as_bytes());
        self.keys
            .iter()
            .fold(Choice::from(0), |found, key| found | fits(key))
            .into()
    }

    /// Counts a refusal of credentials; too many of one address are answered with 429.
    fn counted(&self, address: Option<ClientAddress>, refusal: Refusal) -> Refusal {
        if !refusal.is_unauthorized() {
            return refusal;
        }
        let wait = self.failures.note(Trouble::WrongOnlinesimKey, address);
        wait.map_or(refusal, Refusal::too_many_failures)
    }

    /// The header's key: right, or missing where the body alone will do.
    fn check_header(&self, headers: &HeaderMap) -> Result<Option<SecretString>, Refusal> {
        match (headers.contains_key(AUTHORIZATION), self.auth) {
            (false, PartnerAuth::Bearer) => Err(Refusal::unauthorized(
                "the header Authorization: Bearer <key> is missing",
            )),
            (false, PartnerAuth::Body) => Ok(None),
            (true, _) => bearer(headers)
                .filter(|key| self.accept(key))
                .map(|key| Some(SecretString::from(key)))
                .ok_or_else(|| Refusal::unauthorized("the key in the header Authorization is wrong")),
        }
    }

    /// The body's key: ours, and the header's if there was one.
    fn check_body(&self, header: Option<&SecretString>, fields: &Fields<'_>) -> Result<(), Refusal> {
        let same = |key: &str, header: &SecretString| key.as_bytes().ct_eq(header.expose_secret().as_bytes());
        match (fields.key()?, header) {
            (Some(key), Some(header)) if bool::from(same(&key, header)) => Ok(()),
            (Some(key), None) if self.accept(&key) => Ok(()),
            (Some(_), _) => Err(Refusal::unauthorized("key in the body is wrong")),
            (None, Some(_)) => Err(Refusal::new(StatusCode::BAD_REQUEST, "key is missing")),
            (None, None) => Err(Refusal::unauthorized("key is missing")),
        }
    }
}

/// A request of Onlinesim whose header was right. Its fields are given out only once the key in the body is right, too.
pub struct Onlinesim {
    body: Bytes,
    header: Option<SecretString>,
    keys: Keys,
    address: Option<ClientAddress>,
}

impl Onlinesim {
    /// The fields of the body. Reads it each time: call it once.
    pub fn fields(&self) -> Result<Fields<'_>, Refusal> {
        let fields = Fields::parse(&self.body)?;
        let checked = self.keys.check_body(self.header.as_ref(), &fields);
        checked.map_err(|refusal| self.keys.counted(self.address, refusal))?;
        Ok(fields)
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
        let address = ClientAddress::of(request.extensions());
        let header = keys.check_header(request.headers());
        let header = header.map_err(|refusal| keys.counted(address, refusal))?;
        if media_type(request.headers()) != "application/json" {
            let sentence = "the header Content-Type must be application/json";
            return Err(Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, sentence));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"),
                _ => Refusal::new(StatusCode::BAD_REQUEST, "the body could not be read"),
            })?;
        Ok(Self {
            body,
            header,
            keys,
            address,
        })
    }
}
