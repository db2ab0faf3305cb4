//! The extractor that authenticates Onlinesim.
//!
//! A request carries the key twice, as `Authorization: Bearer <key>` and as `key` in the body. Both must be one of the
//! configured keys; with `onlinesim.auth = "body"` the header may be missing. All keys are compared each time, in constant
//! time.

use std::io::Read as _;

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
use crate::http::caller_secrets::SharedSecrets;
use crate::http::{bearer, media_type};

/// The media types that are accepted; some libraries send another one than JSON by default. The body is JSON in any case.
const MEDIA_TYPES: [&str; 3] = ["application/json", "text/plain", ""];

/// The keys that are accepted, and where a request must carry them.
#[derive(Debug, Clone)]
pub struct Keys {
    secrets: SharedSecrets,
    auth: OnlinesimAuth,
    failures: AuthFailures,
}

impl Keys {
    /// The keys among the secrets.
    #[must_use]
    pub fn new(secrets: SharedSecrets, auth: OnlinesimAuth, failures: AuthFailures) -> Self {
        Self {
            secrets,
            auth,
            failures,
        }
    }

    fn accept(&self, given: &str) -> bool {
        let fits = |key: &SecretString| key.expose_secret().as_bytes().ct_eq(given.as_bytes());
        let secrets = self.secrets.current();
        secrets
            .keys
            .iter()
            .fold(Choice::from(0), |found, key| found | fits(key))
            .into()
    }

    /// Counts a refusal of credentials; after too many from one address it becomes 429.
    fn counted(&self, address: Option<ClientAddress>, refusal: ProtocolError) -> ProtocolError {
        if !refusal.is_unauthorized() {
            return refusal;
        }
        let wait = self.failures.note(Trouble::WrongOnlinesimKey, address);
        wait.map_or(refusal, ProtocolError::too_many_failures)
    }

    /// The key of the header, checked; `None`: it is missing, which is allowed.
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

    /// Checks the key of the body: the same as in the header if there was one, otherwise a configured one.
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

/// A request of Onlinesim whose header was valid. Its fields can be read only if the key in the body is valid, too.
pub struct OnlinesimCaller {
    body: Bytes,
    header: Option<SecretString>,
    keys: Keys,
    address: Option<ClientAddress>,
}

impl OnlinesimCaller {
    /// Parses the body and checks its key. Call it once.
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
        let is_gzip = is_gzip(request.headers())?;
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|rejection| match rejection.status() {
                StatusCode::PAYLOAD_TOO_LARGE => too_large(),
                _ => unreadable(),
            })?;
        let bytes_max = RequestLimits::from_ref(state).body_bytes_max;
        let body = if is_gzip { gunzip(&body, bytes_max)? } else { body };
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

/// Whether the body is compressed with gzip. Codings are case-insensitive, and `x-gzip` is the same (RFC 9110, 8.4.1).
fn is_gzip(headers: &HeaderMap) -> Result<bool, ProtocolError> {
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

/// The content of all gzip members, one after another (RFC 1952, 2.2).
fn gunzip(compressed: &[u8], bytes_max: usize) -> Result<Bytes, ProtocolError> {
    let one_more = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    let mut body = Vec::new();
    let read = MultiGzDecoder::new(compressed).take(one_more).read_to_end(&mut body);
    match read {
        Ok(length) if length > bytes_max => Err(too_large()),
        Ok(_) => Ok(body.into()),
        Err(_) => Err(unreadable()),
    }
}
