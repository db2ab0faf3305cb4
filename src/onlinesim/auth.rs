//! Who calls: the extractor that lets Onlinesim in, and nobody else.
//!
//! The key travels twice, as `Authorization: Bearer <key>` and as `key` in the body. Both must be one of ours; with
//! `onlinesim.auth = "body"` the header may be missing. Keys are compared in constant time, all of them each time.

use std::io::Read as _;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRef, FromRequest, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use flate2::read::MultiGzDecoder;
use secrecy::{ExposeSecret, SecretString};
use subtle::{Choice, ConstantTimeEq};

use super::RequestLimits;
use super::request::RequestFields;
use super::response::ProtocolError;
use crate::config::onlinesim::OnlinesimAuth;
use crate::domain::trouble::Trouble;
use crate::http::auth_failures::{AuthFailures, ClientAddress};
use crate::http::{bearer, media_type};

/// What the body may be called: some libraries send another one by default. It is read as JSON all the same.
const MEDIA_TYPES: [&str; 3] = ["application/json", "text/plain", ""];

/// The keys that are accepted, and where they must stand.
#[derive(Debug, Clone)]
pub struct Keys {
    keys: Arc<[SecretString]>,
    auth: OnlinesimAuth,
    failures: AuthFailures,
}

impl Keys {
    /// All keys; the first one is also used for pushing.
    #[must_use]
    pub fn new(keys: &[SecretString], auth: OnlinesimAuth, failures: AuthFailures) -> Self {
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
    fn counted(&self, address: Option<ClientAddress>, refusal: ProtocolError) -> ProtocolError {
        if !refusal.is_unauthorized() {
            return refusal;
        }
        let wait = self.failures.note(Trouble::WrongOnlinesimKey, address);
        wait.map_or(refusal, ProtocolError::too_many_failures)
    }

    /// The header's key: right, or missing where the body alone will do.
    fn check_header(&self, headers: &HeaderMap) -> Result<Option<SecretString>, ProtocolError> {
        match (headers.contains_key(AUTHORIZATION), self.auth) {
            (false, OnlinesimAuth::Bearer) => Err(ProtocolError::unauthorized(
                "the header Authorization: Bearer <key> is missing",
            )),
            (false, OnlinesimAuth::Body) => Ok(None),
            (true, _) => bearer(headers)
                .filter(|key| self.accept(key))
                .map(|key| Some(SecretString::from(key)))
                .ok_or_else(|| ProtocolError::unauthorized("the key in the header Authorization is wrong")),
        }
    }

    /// The body's key: ours, and the header's if there was one.
    fn check_body(&self, header: Option<&SecretString>, fields: &RequestFields<'_>) -> Result<(), ProtocolError> {
        let same = |key: &str, header: &SecretString| key.as_bytes().ct_eq(header.expose_secret().as_bytes());
        match (fields.key()?, header) {
            (Some(key), Some(header)) if bool::from(same(&key, header)) => Ok(()),
            (Some(key), None) if self.accept(&key) => Ok(()),
            (Some(_), _) => Err(ProtocolError::unauthorized("key in the body is wrong")),
            (None, Some(_)) => Err(ProtocolError::new(StatusCode::BAD_REQUEST, "key is missing")),
            (None, None) => Err(ProtocolError::unauthorized("key is missing")),
        }
    }
}

/// A request of Onlinesim whose header was right. Its fields are given out only once the key in the body is right, too.
pub struct OnlinesimCaller {
    body: Bytes,
    header: Option<SecretString>,
    keys: Keys,
    address: Option<ClientAddress>,
}

impl OnlinesimCaller {
    /// The fields of the body. Reads it each time: call it once.
    pub fn fields(&self) -> Result<RequestFields<'_>, ProtocolError> {
        let fields = RequestFields::parse(&self.body)?;
        let checked = self.keys.check_body(self.header.as_ref(), &fields);
        checked.map_err(|refusal| self.keys.counted(self.address, refusal))?;
        Ok(fields)
    }
}

impl<S> FromRequest<S> for OnlinesimCaller
where
    S: Send + Sync,
    Keys: FromRef<S>,
    RequestLimits: FromRef<S>,
{
    type Rejection = ProtocolError;

    async fn from_request(request: Request<Body>, state: &S) -> Result<Self, ProtocolError> {
        let keys = Keys::from_ref(state);
        let address = ClientAddress::of(request.extensions());
        let header = keys.check_header(request.headers());
        let header = header.map_err(|refusal| keys.counted(address, refusal))?;
        if !MEDIA_TYPES.contains(&media_type(request.headers()).as_str()) {
            let message = "the header Content-Type must be application/json, text/plain or missing";
            return Err(ProtocolError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message));
        }
        let is_packed = is_packed(request.headers())?;
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => too_large(),
                _ => unreadable(),
            })?;
        let bytes_max = RequestLimits::from_ref(state).body_bytes_max;
        let body = if is_packed { unpacked(&body, bytes_max)? } else { body };
        Ok(Self {
            body,
            header,
            keys,
            address,
        })
    }
}

fn too_large() -> ProtocolError {
    ProtocolError::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large")
}

fn unreadable() -> ProtocolError {
    ProtocolError::new(StatusCode::BAD_REQUEST, "the body could not be read")
}

/// Whether the body travels as gzip. Codings are written in any case, and `x-gzip` is the same (RFC 9110, 8.4.1).
fn is_packed(headers: &HeaderMap) -> Result<bool, ProtocolError> {
    let coding = headers.get(CONTENT_ENCODING).map_or(&b""[..], HeaderValue::as_bytes);
    match coding.to_ascii_lowercase().as_slice() {
        b"" | b"identity" => Ok(false),
        b"gzip" | b"x-gzip" => Ok(true),
        _ => {
            let message = "the header Content-Encoding must be gzip or missing";
            Err(ProtocolError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message))
        }
    }
}

/// The text of all gzip members, one after another (RFC 1952, 2.2).
fn unpacked(packed: &[u8], bytes_max: usize) -> Result<Bytes, ProtocolError> {
    let one_more = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    let mut body = Vec::new();
    let read = MultiGzDecoder::new(packed).take(one_more).read_to_end(&mut body);
    match read {
        Ok(length) if length > bytes_max => Err(too_large()),
        Ok(_) => Ok(body.into()),
        Err(_) => Err(unreadable()),
    }
}
