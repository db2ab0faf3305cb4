//! A certificate with its private key, read from PEM.

use std::fmt;
use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer as _;

use crate::domain::certificate::Validity;
use crate::domain::time::Timestamp;

/// A certificate, its chain and its key: they fit.
pub struct CertificatePair {
    pub(super) certified: Arc<CertifiedKey>,
    validity: Validity,
    names: Vec<String>,
}

impl fmt::Debug for CertificatePair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("CertificatePair");
        shown.field("names", &self.names).field("validity", &self.validity);
        shown.finish_non_exhaustive()
    }
}

/// Why a pair is refused. The messages continue the name of a file, and never have a part of the key in them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPair {
    /// About the certificate.
    #[error("{0}")]
    Certificate(&'static str),
    /// About the private key.
    #[error("{0}")]
    Key(&'static str),
    /// About both.
    #[error("the private key does not belong to the certificate")]
    Mismatch,
}

const NO_CERTIFICATE: &str = "has no certificate: it is PEM and begins with -----BEGIN CERTIFICATE-----";
const BROKEN_CERTIFICATE: &str = "has a certificate that cannot be read";
const NO_KEY: &str = "has no private key: it is PEM without a password and begins with -----BEGIN PRIVATE KEY-----, \
                      -----BEGIN EC PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----";
const BROKEN_KEY: &str = "has a private key that cannot be read";
const OTHER_KEY: &str =
    "has a private key of another kind than RSA (2048 bits or more), ECDSA (P-256, P-384) or Ed25519";

impl CertificatePair {
    /// Reads the certificate, followed by those that signed it, and the key.
    pub fn from_pem(certificate: &[u8], key: &[u8]) -> Result<Self, InvalidPair> {
        let chain: Result<Vec<CertificateDer<'static>>, pem::Error> =
            CertificateDer::pem_slice_iter(certificate).collect();
        let chain = chain.map_err(|_| InvalidPair::Certificate(BROKEN_CERTIFICATE))?;
        let first = chain.first().ok_or(InvalidPair::Certificate(NO_CERTIFICATE))?;
        let (validity, names) = read(first).ok_or(InvalidPair::Certificate(BROKEN_CERTIFICATE))?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|error| {
            InvalidPair::Key(match error {
                pem::Error::NoItemsFound => NO_KEY,
                _ => BROKEN_KEY,
            })
        })?;
        let certified = CertifiedKey::from_der(chain, key, &default_provider()).map_err(|error| match error {
            Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => InvalidPair::Mismatch,
            Error::InvalidCertificate(_) => InvalidPair::Certificate(BROKEN_CERTIFICATE),
            _ => InvalidPair::Key(OTHER_KEY),
        })?;
        Ok(Self {
            certified: Arc::new(certified),
            validity,
            names,
        })
    }

    /// From when until when the certificate is valid.
    #[must_use]
    pub const fn validity(&self) -> Validity {
        self.validity
    }

    /// The first DNS name that the certificate is for and that is not a wildcard.
    #[must_use]
    pub fn first_name(&self) -> Option<&str> {
        self.names.iter().map(String::as_str).find(|name| !name.contains('*'))
    }

    /// Whether the certificate is for this domain by name. A wildcard is not looked at: ACME gives none here.
    #[must_use]
    pub fn names(&self, domain: &str) -> bool {
        self.names.iter().any(|name| name.eq_ignore_ascii_case(domain))
    }
}

/// From when until when a certificate (DER) is valid; `None`: it cannot be read.
#[must_use]
pub fn validity_of(certificate: &[u8]) -> Option<Validity> {
    read(&CertificateDer::from(certificate)).map(|(validity, _)| validity)
}

/// From when until when a certificate is valid, and its DNS names.
fn read(certificate: &CertificateDer<'_>) -> Option<(Validity, Vec<String>)> {
    let (_, certificate) = X509Certificate::from_der(certificate).ok()?;
    let from_epoch = |seconds: i64| Timestamp::from_ms(seconds.saturating_mul(1000));
    let validity = certificate.validity();
    let names = certificate.subject_alternative_name().ok()?;
    let names = names.iter().flat_map(|names| &names.value.general_names);
    let names = names.filter_map(|name| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        _ => None,
    });
    Some((
        Validity {
            not_before: from_epoch(validity.not_before.timestamp()),
            not_after: from_epoch(validity.not_after.timestamp()),
        },
        names.collect(),
    ))
}

#[cfg(test)]
mod tests;
