//! TLS to PostgreSQL, through rustls, with channel binding: the password then proves that nobody is in between.

use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::default_provider;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_platform_verifier::Verifier;
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::{TlsConnector, client};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use crate::storage::error::Error;
use crate::storage::settings::{ServerTls, StorageSettings};

/// Makes the TLS of connections.
#[derive(Clone)]
pub(super) struct TlsMaker(TlsConnector);

impl std::fmt::Debug for TlsMaker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("TlsMaker")
    }
}

impl TlsMaker {
    /// Reads the files of the settings.
    pub(super) fn new(settings: &StorageSettings) -> Result<Self, Error> {
        let provider = Arc::new(default_provider());
        let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(wrong)?
            .dangerous()
            .with_custom_certificate_verifier(verifier(settings, provider)?);
        let config = match &settings.client {
            None => config.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = certificates("storage.client_cert", certificate)?;
                let key = PrivateKeyDer::from_pem_file(key)
                    .map_err(|error| unreadable("storage.client_key", key, &error.to_string()))?;
                config.with_client_auth_cert(chain, key).map_err(wrong)?
            }
        };
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }
}

fn wrong(error: impl std::fmt::Display) -> Error {
    Error::Unfit(format!("TLS cannot be used: {error}"))
}

fn unreadable(option: &str, file: &Path, error: &str) -> Error {
    Error::Unfit(format!("{option} ({}) cannot be used: {error}", file.display()))
}

/// The certificates of a PEM file: one at least.
fn certificates(option: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let read = read.map_err(|error| unreadable(option, file, &error.to_string()))?;
    match read.is_empty() {
        true => Err(unreadable(option, file, "it has no certificate")),
        false => Ok(read),
    }
}

fn verifier(settings: &StorageSettings, provider: Arc<CryptoProvider>) -> Result<Arc<dyn ServerCertVerifier>, Error> {
    let of_file = |file: &Path| -> Result<Arc<dyn ServerCertVerifier>, Error> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates("storage.ca_file", file)? {
            let added = roots.add(certificate);
            added.map_err(|error| unreadable("storage.ca_file", file, &error.to_string()))?;
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        Ok(verifier.build().map_err(wrong)?)
    };
    let of_file = settings.ca_file.as_deref().map(of_file).transpose()?;
    match (settings.tls, of_file) {
        (ServerTls::VerifyFull, Some(of_file)) => Ok(of_file),
        (ServerTls::VerifyFull, None) => Ok(Arc::new(Verifier::new(provider).map_err(wrong)?)),
        (_, authorities) => Ok(Arc::new(AnyName { authorities, provider })),
    }
}

/// Accepts a certificate for any name, from any authority or from these.
#[derive(Debug)]
struct AnyName {
    authorities: Option<Arc<dyn ServerCertVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(authorities) = &self.authorities else {
            return Ok(ServerCertVerified::assertion());
        };
        // The name is checked last.
        match authorities.verify_server_cert(certificate, others, name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signed,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The TLS of one connection, to the server of that name.
pub(super) struct NamedTls(TlsConnector, String);

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> MakeTlsConnect<S> for TlsMaker {
    type Stream = EncryptedStream<S>;
    type TlsConnect = NamedTls;
    type Error = io::Error;

    fn make_tls_connect(&mut self, name: &str) -> io::Result<NamedTls> {
        Ok(NamedTls(self.0.clone(), name.to_owned()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for NamedTls {
    type Stream = EncryptedStream<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<EncryptedStream<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move {
            let name = ServerName::try_from(self.1).map_err(io::Error::other)?;
            self.0.connect(name, stream).await.map(EncryptedStream)
        })
    }
}

pub(super) struct EncryptedStream<S>(client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for EncryptedStream<S> {
    /// RFC 5929: the certificate, hashed as its signature is, with SHA-256 at least.
    fn channel_binding(&self) -> ChannelBinding {
        let (_, session) = self.0.get_ref();
        let first = session.peer_certificates().and_then(<[_]>::first);
        match first.and_then(end_point) {
            Some(hash) => ChannelBinding::tls_server_end_point(hash),
            None => ChannelBinding::none(),
        }
    }
}

/// `None`: its signature has no hash of its own, such as Ed25519.
fn end_point(certificate: &CertificateDer<'_>) -> Option<Vec<u8>> {
    let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
    let algorithm = parsed.signature_algorithm.algorithm.to_id_string();
    match algorithm.as_str() {
        // RSA with SHA-1 or SHA-256, ECDSA with SHA-256.
        "1.2.840.113549.1.1.5" | "1.2.840.113549.1.1.11" | "1.2.840.10045.4.3.2" => {
            Some(Sha256::digest(certificate).to_vec())
        }
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => Some(Sha384::digest(certificate).to_vec()),
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => Some(Sha512::digest(certificate).to_vec()),
        _ => None,
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for EncryptedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for EncryptedStream<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
