//! A certificate from an authority.

use std::time::Duration;

use super::take;
use crate::acme::Acme;
use crate::clock::Clock;
use crate::domain::certificate::CertificateFailure;
use crate::http::tls::ServedCertificate;

/// The pause after a first attempt that failed; it doubles with each further one. Let's Encrypt allows five failures an hour.
const PAUSE_MIN: Duration = Duration::from_mins(2);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_hours(6);

/// Gets a certificate when there is none, when it is not for all domains, or when a third of its life is left.
pub(super) struct Renewal {
    acme: Acme,
    /// Attempts in a row that failed, and why the last one did.
    failed: Option<(u32, String)>,
    /// When to try again, by the monotonic clock.
    not_before: Duration,
}

impl Renewal {
    pub(super) const fn new(acme: Acme) -> Self {
        Self {
            acme,
            failed: None,
            not_before: Duration::ZERO,
        }
    }

    /// Why the last attempt failed.
    pub(super) fn failure(&self) -> Option<CertificateFailure> {
        let (_, reason) = self.failed.as_ref()?;
        Some(CertificateFailure::Renewal(reason.clone()))
    }

    /// Renews the certificate if that is due.
    pub(super) async fn look(&mut self, served: &ServedCertificate, clock: &Clock) {
        let good = served
            .current()
            .is_some_and(|pair| self.acme.covers(&pair) && clock.now() < pair.validity().renew_from());
        if good || clock.monotonic() < self.not_before {
            return;
        }
        match self.acme.obtain(served).await {
            Ok(pair) => {
                (self.failed, self.not_before) = (None, Duration::ZERO);
                take(served, pair);
            }
            Err(error) => {
                let failures = self.failed.as_ref().map_or(0, |(failures, _)| *failures);
                let pause = PAUSE_MIN.saturating_mul(1 << failures.min(16)).min(PAUSE_MAX);
                let again = humantime::format_duration(pause);
                tracing::warn!(%error, %again, "no certificate was got; it is tried again after that time");
                self.not_before = clock.monotonic() + pause;
                self.failed = Some((failures.saturating_add(1), error.to_string()));
            }
        }
    }
}
