//! Keeps the certificate of HTTPS good: takes changed files, or renews it by ACME. What does not work out leaves the old one
//! in place.

mod acme;
mod files;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;

use self::acme::Renewal;
use self::files::Reload;
use super::Worker;
use crate::acme::Acme;
use crate::clock::{Clock, rfc3339};
use crate::domain::certificate::certificate_trouble;
use crate::domain::trouble::Trouble;
use crate::flow::{Flows, StorageError};
use crate::http::tls::{CertificatePair, ServedCertificate};

pub use files::CertificateFiles;

/// How often it looks.
const POLL_INTERVAL: Duration = Duration::from_secs(5);

/// Where the certificate comes from.
pub enum CertificateOrigin {
    /// Files of the operator's, which were read at the start.
    Files(CertificateFiles),
    /// An authority.
    Acme(Acme),
}

/// The worker.
pub struct CertificateKeeper {
    flows: Flows,
    clock: Clock,
    served: ServedCertificate,
    stop: CancellationToken,
    wakeup: Arc<Notify>,
    origin: Mutex<Origin>,
}

enum Origin {
    Files(Reload),
    Acme(Box<Renewal>),
}

impl CertificateKeeper {
    /// Keeps `served` good, until `stop`.
    #[must_use]
    pub fn new(
        flows: Flows,
        clock: &Clock,
        served: ServedCertificate,
        origin: CertificateOrigin,
        stop: CancellationToken,
    ) -> Self {
        let origin = match origin {
            CertificateOrigin::Files(files) => Origin::Files(Reload::new(files)),
            CertificateOrigin::Acme(acme) => Origin::Acme(Box::new(Renewal::new(acme))),
        };
        Self {
            flows,
            clock: clock.clone(),
            served,
            stop,
            wakeup: Arc::default(),
            origin: Mutex::new(origin),
        }
    }

    /// Has it look at once. A renewal that failed waits its pause all the same: authorities count failures.
    #[must_use]
    pub fn wakeup(&self) -> Arc<Notify> {
        Arc::clone(&self.wakeup)
    }
}

/// New connections get that certificate from now on.
fn take(served: &ServedCertificate, pair: CertificatePair) {
    let until = rfc3339(pair.validity().not_after);
    tracing::info!(until, "a new certificate is served");
    served.exchange(pair);
}

impl Worker for CertificateKeeper {
    const NAME: &'static str = "certificates";

    async fn pass(&self) -> Result<Option<Duration>, StorageError> {
        let mut origin = self.origin.lock().await;
        let (pause, failure) = match &mut *origin {
            Origin::Files(reload) => (reload.look(&self.served).await, reload.failure()),
            Origin::Acme(renewal) => {
                tokio::select! {
                    () = renewal.look(&self.served, &self.clock) => {}
                    () = self.stop.cancelled() => {}
                }
                (POLL_INTERVAL, renewal.failure())
            }
        };
        let validity = self.served.current().map(|pair| pair.validity());
        let trouble = certificate_trouble(validity, failure.as_ref(), self.clock.now());
        self.flows.set_condition(Trouble::CertificateExpires, trouble);
        Ok(Some(pause))
    }
}
