//! An authority that speaks ACME (RFC 8555) and checks domains as RFC 8737 says. It looks at everything but signatures: that is
//! what Pebble is for, in `programs/`.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use leaseline::domain::time::Timestamp;
use leaseline::http::server::Transport;
use leaseline::http::tls::{CertificatePair, ServedCertificate, Tls};
use rustls::ClientConfig;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio_rustls::TlsConnector;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::any_certificate::AnyCertificate;
use crate::support::certificates::{Authority, certificate_of, connect, long};
use crate::support::wire::Listening;

/// The token of every challenge.
const TOKEN: &str = "token-of-the-challenge";

/// The authority while it runs.
pub struct AcmeServer {
    pub authority: Authority,
    folder: TempDir,
    listening: Listening,
    shared: Arc<Shared>,
}

struct Shared {
    books: Mutex<Books>,
    /// Signs on the server's side.
    signing: Authority,
}

/// What it knows and how it behaves.
#[derive(Default)]
pub struct Books {
    /// Where it connects to, whatever the domain.
    pub server: Option<SocketAddr>,
    /// What it answers to orders.
    pub refuses: Option<&'static str>,
    /// From when until when its next certificate is valid.
    pub life: Option<(Timestamp, Timestamp)>,
    /// How many orders were made, refused ones included.
    pub orders: usize,
    /// The mail addresses of its accounts.
    pub accounts: Vec<Value>,
    thumbprint: String,
    base: String,
    domains: Vec<String>,
    /// What it found when it connected, by domain.
    found: Vec<Option<Result<(), String>>>,
    certificate: Option<String>,
}

impl AcmeServer {
    pub async fn start() -> Self {
        let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
        let pem = authority.certificate(&["localhost"], long());
        let served = ServedCertificate::default();
        served.exchange(CertificatePair::from_pem(pem.certificate.as_bytes(), pem.key.as_bytes()).unwrap());
        let shared = Arc::new(Shared {
            books: Mutex::default(),
            signing: authority.clone(),
        });
        let transport = Transport {
            tls: Some(Tls::new(&served)),
            ..Transport::default()
        };
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let listening = Listening::start_with(transport, router).await;
        let base = format!("https://localhost:{}", listening.address.port());
        shared.books().base = base;
        Self {
            authority,
            folder,
            listening,
            shared,
        }
    }

    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let root = self.authority.root_file(self.folder.path());
        vec![
            ("TLS__ACME_DIRECTORY", format!("{}/directory", self.books().base)),
            ("TLS__ACME_CA_FILE", root.display().to_string()),
        ]
    }

    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.shared.books()
    }

    pub async fn stop(self) {
        self.listening.stop().await;
    }
}

impl Shared {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }
}

/// A part of a request, which is base64url of JSON.
fn part(body: &Value, name: &str) -> Value {
    let text = body[name].as_str().unwrap_or_default();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap_or_default()
}

fn with_nonce(status: u16, location: &str, body: impl Into<axum::body::Body>) -> Response {
    let headers = [("replay-nonce", "bm9uY2U"), ("location", location)];
    (StatusCode::from_u16(status).unwrap(), headers, body.into()).into_response()
}

async fn answer(State(shared): State<Arc<Shared>>, uri: Uri, body: Bytes) -> Response {
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (protected, payload) = (part(&body, "protected"), part(&body, "payload"));
    let path: Vec<&str> = uri.path().split('/').skip(1).collect();
    if let ["challenge", index] = path[..] {
        let index: usize = index.parse().unwrap();
        let (domain, server, thumbprint) = {
            let books = shared.books();
            (
                books.domains[index].clone(),
                books.server.unwrap(),
                books.thumbprint.clone(),
            )
        };
        let found = look(&domain, server, &thumbprint).await;
        shared.books().found[index] = Some(found);
    }
    let mut books = shared.books();
    let base = books.base.clone();
    match path[..] {
        ["directory"] => {
            let directory = json!({
                "newNonce": format!("{base}/nonce"),
                "newAccount": format!("{base}/account"),
                "newOrder": format!("{base}/order"),
            });
            with_nonce(200, "", directory.to_string())
        }
        ["nonce"] => with_nonce(200, "", ""),
        ["account"] => {
            let key = &protected["jwk"];
            let canonical = json!({"crv": key["crv"], "kty": key["kty"], "x": key["x"], "y": key["y"]});
            books.thumbprint = URL_SAFE_NO_PAD.encode(Sha256::digest(canonical.to_string()));
            books.accounts.push(payload["contact"].clone());
            with_nonce(
                201,
                &format!("{base}/account/1"),
                json!({"status": "valid"}).to_string(),
            )
        }
        ["order"] => {
            books.orders += 1;
            if let Some(refusal) = books.refuses {
                let problem = json!({"type": "urn:ietf:params:acme:error:rateLimited", "detail": refusal});
                return with_nonce(429, "", problem.to_string());
            }
            let identifiers = payload["identifiers"].as_array().unwrap();
            let names = identifiers.iter().map(|one| one["value"].as_str().unwrap().to_owned());
            books.domains = names.collect();
            books.found = vec![None; books.domains.len()];
            books.certificate = None;
            with_nonce(201, &format!("{base}/order/1"), books.order().to_string())
        }
        ["order", _] => with_nonce(200, "", books.order().to_string()),
        ["authorization", index] | ["challenge", index] => {
            let authorization = books.authorization(index.parse().unwrap());
            let shown = match path[0] {
                "challenge" => &authorization["challenges"][0],
                _ => &authorization,
            };
            with_nonce(200, "", shown.to_string())
        }
        ["finalize"] => {
            let request = URL_SAFE_NO_PAD.decode(payload["csr"].as_str().unwrap()).unwrap();
            let certificate = shared.signing.sign(&request, books.life.unwrap_or_else(long));
            books.certificate = Some(certificate);
            with_nonce(200, "", books.order().to_string())
        }
        ["certificate"] => with_nonce(200, "", books.certificate.clone().unwrap()),
        _ => with_nonce(404, "", ""),
    }
}

impl Books {
    fn order(&self) -> Value {
        let results = self.found.iter().flatten();
        let status = match &self.certificate {
            Some(_) => "valid",
            None if results.clone().any(Result::is_err) => "invalid",
            None if results.count() == self.domains.len() => "ready",
            None => "pending",
        };
        let of_each = |path| (0..self.domains.len()).map(move |index| format!("{}/{path}/{index}", self.base));
        json!({
            "status": status,
            "authorizations": of_each("authorization").collect::<Vec<_>>(),
            "finalize": format!("{}/finalize", self.base),
            "certificate": self.certificate.as_ref().map(|_| format!("{}/certificate", self.base)),
        })
    }

    fn authorization(&self, index: usize) -> Value {
        let (status, error) = match &self.found[index] {
            None => ("pending", Value::Null),
            Some(Ok(())) => ("valid", Value::Null),
            Some(Err(why)) => (
                "invalid",
                json!({"type": "urn:ietf:params:acme:error:connection", "detail": why}),
            ),
        };
        json!({
            "status": status,
            "identifier": {"type": "dns", "value": self.domains[index]},
            "challenges": [{
                "type": "tls-alpn-01",
                "url": format!("{}/challenge/{index}", self.base),
                "token": TOKEN,
                "status": status,
                "error": error,
            }],
        })
    }
}

/// Whether the server at that address proves that the domain is its own.
async fn look(domain: &str, server: SocketAddr, thumbprint: &str) -> Result<(), String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate))
        .with_no_client_auth();
    config.alpn_protocols = vec![b"acme-tls/1".to_vec()];
    let connected = connect(&TlsConnector::from(Arc::new(config)), server, domain).await;
    let stream = connected.map_err(|error| error.to_string())?;
    if stream.get_ref().1.alpn_protocol() != Some(b"acme-tls/1") {
        return Err("another protocol was negotiated".to_owned());
    }
    let certificate = certificate_of(&stream);
    let (_, certificate) = X509Certificate::from_der(&certificate).unwrap();
    let names = certificate.subject_alternative_name().unwrap().unwrap();
    let names: Vec<String> = names.value.general_names.iter().map(ToString::to_string).collect();
    let digest = Sha256::digest(format!("{TOKEN}.{thumbprint}"));
    let identifiers = certificate.extensions().iter();
    let mut identifiers = identifiers.filter(|one| one.oid.to_id_string() == "1.3.6.1.5.5.7.1.31");
    let proves = identifiers.next().is_some_and(|one| {
        // An octet string of 32 bytes.
        one.critical && one.value == [&[0x04, 0x20], &digest[..]].concat()
    });
    match proves && names == [format!("DNSName({domain})")] {
        true => Ok(()),
        false => Err(format!("the certificate proves nothing: {names:?}")),
    }
}
