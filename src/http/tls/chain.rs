//! Whether clients accept a certificate: its chain to an authority, and its names.

use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::ServerCertVerifier as _;
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, Error};
use rustls_platform_verifier::Verifier;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::CertificatePair;
use crate::domain::time::Timestamp;

/// Why a client on this machine does not accept a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefusedCertificate {
    /// The chain does not lead to an authority that this machine trusts.
    #[error("no authority that this machine trusts signed it, or a certificate between the two is missing")]
    UnknownAuthority,
    /// It is for other names.
    #[error("it is for other names")]
    OtherName,
    /// It, or one of those that signed it, is not valid at that time.
    #[error("it is not valid at this time, or one of those that signed it is not")]
    NotValidNow,
    /// This machine has no list of authorities.
    #[error("this machine has no list of authorities (Debian: apt install ca-certificates)")]
    NoAuthorities,
    /// Another reason, by the library.
    #[error("{0}")]
    Other(String),
}

impl CertificatePair {
    /// How many certificates the chain has, the first one included.
    #[must_use]
    pub fn chain_length(&self) -> usize {
        self.certified.cert.len()
    }

    /// Whether each certificate is followed by the one that signed it, by their names.
    #[must_use]
    pub fn is_in_order(&self) -> bool {
        self.certified
            .cert
            .windows(2)
            .all(|pair| matches!(pair, [first, second] if is_signed_by(first, second)))
    }

    /// Whether a client on this machine accepts the chain for a server of that name at that time, with the authorities of the
    /// system.
    pub fn accepted_as(&self, name: &str, now: Timestamp) -> Result<(), RefusedCertificate> {
        let verifier = Verifier::new(Arc::new(default_provider())).map_err(|_| RefusedCertificate::NoAuthorities)?;
        let name = ServerName::try_from(name).map_err(|_| RefusedCertificate::OtherName)?;
        let seconds = u64::try_from(now.as_ms() / 1000).unwrap_or(0);
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let Some((first, others)) = self.certified.cert.split_first() else {
            return Err(RefusedCertificate::UnknownAuthority);
        };
        let verified = verifier.verify_server_cert(first, others, &name, &[], now);
        verified.map(drop).map_err(|error| match error {
            Error::InvalidCertificate(error) => refused(&error),
            other => RefusedCertificate::Other(other.to_string()),
        })
    }
}

fn refused(error: &CertificateError) -> RefusedCertificate {
    match error {
        // Another authority of the same name signed it.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => RefusedCertificate::UnknownAuthority,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            RefusedCertificate::OtherName
        }
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => RefusedCertificate::NotValidNow,
        other => RefusedCertificate::Other(format!("{other:?}")),
    }
}

fn is_signed_by(certificate: &CertificateDer<'_>, other: &CertificateDer<'_>) -> bool {
    let parsed = |one: &CertificateDer<'_>| {
        X509Certificate::from_der(one)
            .ok()
            .map(|(_, parsed)| (parsed.issuer().as_raw().to_vec(), parsed.subject().as_raw().to_vec()))
    };
    match (parsed(certificate), parsed(other)) {
        (Some((issuer, _)), Some((_, subject))) => issuer == subject,
        _ => false,
    }
}
