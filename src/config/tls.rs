//! `[tls]`: HTTPS on the listener for Onlinesim and the gateways.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::checks::{self, CheckResult, InvalidOption};

/// The most domains of one certificate: Let's Encrypt signs no more.
const DOMAINS_MAX: usize = 100;
/// The longest domain (RFC 1035).
const DOMAIN_CHARACTERS_MAX: usize = 253;
/// The longest part of one between two dots.
const LABEL_CHARACTERS_MAX: usize = 63;

/// Where the certificate comes from.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// PEM file with the certificate and those that signed it.
    pub cert: Option<PathBuf>,
    /// PEM file with its private key.
    pub key: Option<PathBuf>,
    /// The domains of a certificate that is got by ACME.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub acme: Vec<String>,
    /// Where the authority may write to, a mail address.
    pub acme_contact: Option<String>,
    /// The authority's directory URL.
    pub acme_directory: String,
    /// PEM file with the certificates by which a private authority's own HTTPS is trusted.
    pub acme_ca_file: Option<PathBuf>,
}

/// Where a listener's certificate comes from.
#[derive(Debug, Clone, Copy)]
pub enum CertificateSource<'a> {
    /// Files of the operator's.
    Files {
        /// PEM file with the certificate.
        cert: &'a PathBuf,
        /// PEM file with its private key.
        key: &'a PathBuf,
    },
    /// An authority signs one for these domains.
    Acme(&'a [String]),
}

impl TlsConfig {
    /// Where the certificate comes from; `None`: the listener speaks plain HTTP.
    #[must_use]
    pub fn source(&self) -> Option<CertificateSource<'_>> {
        match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => Some(CertificateSource::Files { cert, key }),
            _ if self.acme.is_empty() => None,
            _ => Some(CertificateSource::Acme(&self.acme)),
        }
    }

    pub(super) fn check(&self) -> CheckResult {
        let wrong = |key: &str, message: String| Err(InvalidOption::new(key, message));
        match (&self.cert, &self.key) {
            (Some(_), None) => {
                return wrong(
                    "tls.key",
                    "is missing: tls.cert is set, and each needs the other".into(),
                );
            }
            (None, Some(_)) => {
                return wrong(
                    "tls.cert",
                    "is missing: tls.key is set, and each needs the other".into(),
                );
            }
            (Some(_), Some(_)) if !self.acme.is_empty() => {
                let message = "is set, but tls.cert is, too: keep the files or the domains";
                return wrong("tls.acme", message.into());
            }
            _ => {}
        }
        if self.acme.len() > DOMAINS_MAX {
            let message = format!("has {} domains: set 1 to {DOMAINS_MAX}", self.acme.len());
            return wrong("tls.acme", message);
        }
        if let Some(domain) = self.acme.iter().find(|domain| !is_domain(domain)) {
            let message = format!("has {domain:?}: set domains in lower case, such as numbers.example.org");
            return wrong("tls.acme", message);
        }
        if self
            .acme_contact
            .as_ref()
            .is_some_and(|contact| !is_mail_address(contact))
        {
            return wrong(
                "tls.acme_contact",
                "is not a mail address: set one such as you@example.org".into(),
            );
        }
        checks::base_url("tls.acme_directory", &self.acme_directory)?;
        if !self.acme_directory.starts_with("https://") {
            return wrong(
                "tls.acme_directory",
                "does not begin with https://: ACME needs it".into(),
            );
        }
        Ok(())
    }
}

/// Whether an authority can look it up and connect to it: a wildcard cannot be proven here.
fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=LABEL_CHARACTERS_MAX).contains(&label.len()) && label.bytes().all(fits)
    };
    text.len() <= DOMAIN_CHARACTERS_MAX && text.contains('.') && text.split('.').all(is_label)
}

fn is_mail_address(text: &str) -> bool {
    let visible = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b',' && byte != b'?');
    visible && matches!(text.split_once('@'), Some((name, domain)) if !name.is_empty() && domain.contains('.'))
}
