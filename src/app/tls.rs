//! HTTPS: the certificate of the start, and the worker that keeps it good; how the listeners treat connections.

use std::path::{Path, PathBuf};

use tokio_util::sync::CancellationToken;

use super::{App, StartError};
use crate::acme::{Acme, AcmeSettings};
use crate::clock::Clock;
use crate::config::Config;
use crate::config::tls::CertificateSource;
use crate::flow::Flows;
use crate::http::proxies::TrustedProxies;
use crate::http::server::Transport;
use crate::http::tls::{ServedCertificate, Tls};
use crate::storage::Database;
use crate::worker::certificates::{CertificateFiles, CertificateKeeper, CertificateOrigin};

/// Why an authority's certificates cannot be kept.
pub const NO_FOLDER: &str =
    "tls.acme: certificates are kept beside the file of storage.url, and that is no file: set tls.cert and tls.key";

/// HTTPS as configured; `None`: plain HTTP. A certificate in files has to be good; one of an authority may be missing yet.
pub(super) fn https(
    config: &Config,
    flows: &Flows,
    clock: &Clock,
    stop: &CancellationToken,
    database: &Database,
) -> Result<Option<(Tls, CertificateKeeper)>, StartError> {
    let served = ServedCertificate::default();
    let origin = match config.tls.source() {
        None => return Ok(None),
        Some(CertificateSource::Files { cert, key }) => {
            let files = CertificateFiles {
                cert: cert.clone(),
                key: key.clone(),
            };
            served.exchange(files.load().map_err(StartError::Certificate)?);
            CertificateOrigin::Files(files)
        }
        Some(CertificateSource::Acme(domains)) => {
            let wrong = |error| StartError::Certificate(format!("tls.acme: {error}"));
            let file = database
                .sqlite()
                .ok_or_else(|| StartError::Certificate(NO_FOLDER.to_owned()))?;
            let acme = Acme::new(acme_settings(config, domains, file.path())).map_err(wrong)?;
            match acme.stored() {
                Ok(stored) => stored.into_iter().for_each(|pair| served.exchange(pair)),
                Err(error) => tracing::error!(%error, "the stored certificate cannot be used: a new one is got"),
            }
            CertificateOrigin::Acme(acme)
        }
    };
    let tls = Tls::new(&served);
    let keeper = CertificateKeeper::new(flows.clone(), clock, served, origin, stop.clone());
    Ok(Some((tls, keeper)))
}

/// What a server with that database file has an authority sign, and where it keeps it.
#[must_use]
pub fn acme_settings(config: &Config, domains: &[String], database: &Path) -> AcmeSettings {
    let mut folder = database.as_os_str().to_owned();
    folder.push("-acme");
    AcmeSettings {
        domains: domains.to_vec(),
        contact: config.tls.acme_contact.clone(),
        directory: config.tls.acme_directory.clone(),
        ca_file: config.tls.acme_ca_file.clone(),
        folder: PathBuf::from(folder),
    }
}

impl App {
    /// How the listener for Onlinesim and the gateways treats connections.
    #[must_use]
    pub fn onlinesim_transport(&self) -> Transport {
        Transport {
            tls: self.tls.clone(),
            ..self.admin_transport()
        }
    }

    /// The same for the admin's listener, which speaks plain HTTP.
    #[must_use]
    pub fn admin_transport(&self) -> Transport {
        Transport {
            proxies: TrustedProxies::new(self.config.http.trusted_proxies.clone()),
            ..Transport::default()
        }
    }
}
