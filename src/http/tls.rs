//! HTTPS on a listener: TLS 1.2 and 1.3 with a certificate that can be exchanged while connections go on.

mod chain;
mod pair;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::ring::{Ticketer, default_provider};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

pub use chain::RefusedCertificate;
pub use pair::{CertificatePair, InvalidPair, validity_of};

/// The only protocol that is served (RFC 7301).
const HTTP: &[u8] = b"http/1.1";
/// The protocol by which a certificate authority checks that a domain is ours (RFC 8737).
const CHALLENGE: &[u8] = b"acme-tls/1";

/// The certificate that new connections get. Clones share it.
#[derive(Clone, Default)]
pub struct ServedCertificate(Arc<Certificates>);

#[derive(Default)]
struct Certificates {
    current: RwLock<Option<Arc<CertificatePair>>>,
    /// The certificates that answer an authority's challenge, by domain.
    challenges: RwLock<HashMap<String, Arc<CertifiedKey>>>,
}

impl fmt::Debug for ServedCertificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("ServedCertificate")
            .field(&self.current())
            .finish()
    }
}

impl fmt::Debug for Certificates {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Certificates").finish_non_exhaustive()
    }
}

impl ServedCertificate {
    /// What new connections get; `None`: there is none yet, and their handshakes fail.
    #[must_use]
    pub fn current(&self) -> Option<Arc<CertificatePair>> {
        self.0.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// New connections get this one. Those that are open go on with theirs.
    pub fn exchange(&self, pair: CertificatePair) {
        let mut current = self.0.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = Some(Arc::new(pair));
    }

    /// Whether that certificate is the current one.
    #[must_use]
    pub fn serves(&self, pair: &CertificatePair) -> bool {
        self.current()
            .is_some_and(|current| current.certified.cert == pair.certified.cert)
    }

    /// Answers an authority's challenge for the domain with this certificate, until the guard is dropped.
    #[must_use]
    pub fn answer_challenge(&self, domain: &str, certificate: CertifiedKey) -> ChallengeGuard {
        let mut challenges = self.0.challenges.write().unwrap_or_else(PoisonError::into_inner);
        challenges.insert(domain.to_owned(), Arc::new(certificate));
        ChallengeGuard {
            certificates: Arc::clone(&self.0),
            domain: domain.to_owned(),
        }
    }
}

/// Held as long as an authority may ask.
#[derive(Debug)]
pub struct ChallengeGuard {
    certificates: Arc<Certificates>,
    domain: String,
}

impl Drop for ChallengeGuard {
    fn drop(&mut self) {
        let challenges = &self.certificates.challenges;
        challenges
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.domain);
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let is_challenge = hello
            .alpn()
            .is_some_and(|mut protocols| protocols.next() == Some(CHALLENGE) && protocols.next().is_none());
        if is_challenge {
            let challenges = self.challenges.read().unwrap_or_else(PoisonError::into_inner);
            return challenges.get(hello.server_name()?).cloned();
        }
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().map(|pair| Arc::clone(&pair.certified))
    }
}

/// TLS on a listener.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Tls").finish()
    }
}

impl Tls {
    /// TLS with that certificate: versions 1.2 and 1.3, HTTP/1.1 alone by ALPN.
    #[must_use]
    pub fn new(certificate: &ServedCertificate) -> Self {
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .expect("the provider has cipher suites for both versions")
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&certificate.0) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![HTTP.to_vec(), CHALLENGE.to_vec()];
        // A client that comes back needs no new exchange of keys, and nothing is kept for it here. Without the machine's
        // random numbers it does need one.
        if let Ok(ticketer) = Ticketer::new() {
            config.ticketer = ticketer;
        }
        Self(TlsAcceptor::from(Arc::new(config)))
    }

    /// Performs the handshake; `None`: it failed, took too long, or was an authority's challenge, which the handshake itself
    /// answers.
    pub(super) async fn handshake(&self, stream: TcpStream, limit: Duration) -> Option<TlsStream<TcpStream>> {
        match timeout(limit, self.0.accept(stream)).await {
            Ok(Ok(stream)) => {
                let (_, connection) = stream.get_ref();
                (connection.alpn_protocol() != Some(CHALLENGE)).then_some(stream)
            }
            Ok(Err(error)) => {
                tracing::debug!(%error, "a TLS handshake failed");
                None
            }
            Err(_) => {
                tracing::debug!("a TLS handshake took too long");
                None
            }
        }
    }
}
