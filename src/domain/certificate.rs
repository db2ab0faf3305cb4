//! When a certificate has to be renewed, and when its end is a trouble.

use std::time::Duration;

use super::time::Timestamp;

/// A certificate with so little time left is a trouble.
pub const EXPIRES_SOON: Duration = Duration::from_hours(14 * 24);

/// From when until when a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// Its first moment.
    pub not_before: Timestamp,
    /// Its last moment.
    pub not_after: Timestamp,
}

impl Validity {
    /// A third of its life.
    fn third(self) -> Duration {
        self.not_after.since(self.not_before) / 3
    }

    /// From when on it is renewed: a third of its life is left.
    #[must_use]
    pub fn renew_from(self) -> Timestamp {
        self.not_after.minus(self.third())
    }

    /// From when on its end is a trouble: [`EXPIRES_SOON`] is left. Where a certificate lives so short that it would not
    /// even be renewed by then: half of the time that its renewal has.
    #[must_use]
    pub fn trouble_from(self) -> Timestamp {
        let third = self.third();
        self.not_after
            .minus(if third > EXPIRES_SOON { EXPIRES_SOON } else { third / 2 })
    }

    /// Whether it is not valid any more.
    #[must_use]
    pub fn is_expired(self, now: Timestamp) -> bool {
        now > self.not_after
    }
}

/// Why the served certificate is not the newest one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateFailure {
    /// The operator's new files cannot be served. Somebody waits for them: it is a trouble at once.
    Reload(String),
    /// An authority gave no new one. It is asked again: that is a trouble only when the old one ends soon.
    Renewal(String),
}

/// What is wrong with the served certificate: for how many days that has been so, the first one included, and what, for people.
#[must_use]
pub fn certificate_trouble(
    served: Option<Validity>,
    failure: Option<&CertificateFailure>,
    now: Timestamp,
) -> Option<(u64, String)> {
    let ends_soon = served.filter(|validity| now >= validity.trouble_from());
    let is_trouble = match (served, failure) {
        (_, Some(CertificateFailure::Reload(_))) => true,
        (None, failure) => failure.is_some(),
        (Some(_), _) => ends_soon.is_some(),
    };
    let count = ends_soon.map_or(1, |validity| days(now.since(validity.trouble_from())) + 1);
    let state = match served {
        None => "there is no certificate".to_owned(),
        Some(validity) if validity.is_expired(now) => {
            format!(
                "the certificate expired {} days ago",
                days(now.since(validity.not_after))
            )
        }
        Some(validity) => format!(
            "the certificate expires in {} days",
            days(validity.not_after.since(now))
        ),
    };
    let detail = match failure {
        None => state,
        Some(CertificateFailure::Reload(reason)) => format!("{state}; the new one cannot be served: {reason}"),
        Some(CertificateFailure::Renewal(reason)) => format!("{state}; no new one was got: {reason}"),
    };
    is_trouble.then_some((count, detail))
}

/// Whole days.
const fn days(duration: Duration) -> u64 {
    duration.as_secs() / (24 * 60 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_hours(24);

    fn of_days(days: u32) -> Validity {
        let not_before = Timestamp::from_ms(1_000_000);
        Validity {
            not_before,
            not_after: not_before + DAY * days,
        }
    }

    #[test]
    fn a_certificate_of_90_days_is_renewed_after_60_and_a_trouble_after_76() {
        let validity = of_days(90);
        assert_eq!(validity.renew_from(), validity.not_before + DAY * 60);
        assert_eq!(validity.trouble_from(), validity.not_before + DAY * 76);
        assert!(!validity.is_expired(validity.not_after));
        assert!(validity.is_expired(validity.not_after + Duration::from_millis(1)));
    }

    #[test]
    fn a_short_one_is_a_trouble_only_when_its_renewal_is_late() {
        let validity = of_days(6);
        assert_eq!(validity.renew_from(), validity.not_before + DAY * 4);
        assert_eq!(validity.trouble_from(), validity.not_before + DAY * 5);
    }

    #[test]
    fn the_end_is_a_trouble_from_14_days_on_and_counts_days() {
        let validity = of_days(90);
        let trouble = |day: u32, failure: Option<&CertificateFailure>| {
            certificate_trouble(Some(validity), failure, validity.not_before + DAY * day)
        };
        let is = |count: u64, detail: &str| Some((count, detail.to_owned()));
        assert_eq!(trouble(75, None), None);
        assert_eq!(trouble(76, None), is(1, "the certificate expires in 14 days"));
        assert_eq!(trouble(78, None), is(3, "the certificate expires in 12 days"));
        assert_eq!(trouble(92, None), is(17, "the certificate expired 2 days ago"));
        let refused = CertificateFailure::Renewal("no way".to_owned());
        assert_eq!(trouble(75, Some(&refused)), None);
        let detail = "the certificate expires in 14 days; no new one was got: no way";
        assert_eq!(trouble(76, Some(&refused)), is(1, detail));
    }

    #[test]
    fn new_files_that_do_not_fit_and_no_certificate_at_all_are_a_trouble_at_once() {
        let validity = of_days(90);
        let unfit = CertificateFailure::Reload("a.pem is empty".to_owned());
        let detail = "the certificate expires in 90 days; the new one cannot be served: a.pem is empty";
        assert_eq!(
            certificate_trouble(Some(validity), Some(&unfit), validity.not_before),
            Some((1, detail.to_owned()))
        );
        let refused = CertificateFailure::Renewal("no way".to_owned());
        let detail = "there is no certificate; no new one was got: no way";
        assert_eq!(
            certificate_trouble(None, Some(&refused), validity.not_before),
            Some((1, detail.to_owned()))
        );
        assert_eq!(
            certificate_trouble(None, None, validity.not_before),
            None,
            "it is being got"
        );
    }
}
