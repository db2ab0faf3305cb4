//! The HTTP client of ACME: ours, so that its times and bounds hold here, too.

use std::future::Future;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use hyper::body::Bytes;
use hyper::{Request, Response};
use instant_acme::{BodyWrapper, BytesResponse, Error, HttpClient};
use reqwest::{Body, Certificate, Client};

use super::AcmeError;
use crate::http_client::{self, BodyError, describe, read_body};

/// How long the authority may take for one answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest answer (rule 12); a chain has a few KiB.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Clones share the connections.
#[derive(Debug, Clone)]
pub(super) struct AcmeTransport(Client);

impl AcmeTransport {
    /// Trusts the certificates in that file besides the system's.
    pub(super) fn new(ca_file: Option<&Path>) -> Result<Self, AcmeError> {
        let trusted = ca_file.map(|path| {
            let wrong = |error: String| AcmeError::Client(format!("tls.acme_ca_file ({}): {error}", path.display()));
            let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
            match Certificate::from_pem_bundle(&pem) {
                Ok(certificates) if !certificates.is_empty() => Ok(certificates),
                _ => Err(wrong("has no certificate that can be read".to_owned())),
            }
        });
        let trusted = trusted.transpose()?.unwrap_or_default();
        let client = http_client::builder(ANSWER_TIMEOUT).tls_certs_merge(trusted).build();
        client
            .map(Self)
            .map_err(|error| AcmeError::Client(format!("no HTTP client: {}", describe(&error))))
    }
}

impl HttpClient for AcmeTransport {
    fn request(
        &self,
        request: Request<BodyWrapper<Bytes>>,
    ) -> Pin<Box<dyn Future<Output = Result<BytesResponse, Error>> + Send>> {
        Box::pin(exchange(self.0.clone(), request))
    }
}

async fn exchange(client: Client, request: Request<BodyWrapper<Bytes>>) -> Result<BytesResponse, Error> {
    let (parts, body) = request.into_parts();
    let request = client
        .request(parts.method, parts.uri.to_string())
        .headers(parts.headers);
    let answer = request
        .body(Body::wrap(body))
        .send()
        .await
        .map_err(|error| failed(&describe(&error)))?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    let bytes = read_body(answer, ANSWER_BYTES_MAX).await.map_err(|error| match error {
        BodyError::TooLarge => failed("the answer is too long"),
        BodyError::Broken(error) => failed(&describe(&error)),
    })?;
    let mut response = Response::new(Body::from(bytes));
    (*response.status_mut(), *response.headers_mut()) = (status, headers);
    Ok(BytesResponse::from(response))
}

fn failed(reason: &str) -> Error {
    Error::Other(reason.to_owned().into())
}
