//! The certificate of HTTPS, as it is in the files or in the store of ACME.

use reqwest::Url;

use super::{CheckFinding, DoctorCheck, Subject};
use crate::app::tls::{NO_FOLDER, acme_settings};
use crate::clock::rfc3339;
use crate::config::Config;
use crate::config::tls::CertificateSource;
use crate::domain::certificate::Validity;
use crate::domain::time::Timestamp;
use crate::http::tls::{CertificatePair, RefusedCertificate};
use crate::worker::certificates::CertificateFiles;

const CHECK: DoctorCheck = DoctorCheck::Certificate;

/// Reads files.
pub(super) fn check(subject: &Subject) -> Vec<CheckFinding> {
    let now = subject.clock.now();
    match subject.config.tls.source() {
        None => vec![
            CHECK
                .skipped("[tls] has none: the listener speaks plain HTTP; that of a proxy is looked at by `listeners`"),
        ],
        Some(CertificateSource::Files { cert, key }) => {
            let files = CertificateFiles {
                cert: cert.clone(),
                key: key.clone(),
            };
            match files.load() {
                Err(reason) => vec![CHECK.wrong(
                    reason,
                    "put a certificate and its own key there; until then a running server serves the old one, and none starts",
                )],
                Ok(pair) => assess(&pair, &public_hosts(&subject.config, &pair), Renewal::ByHand, now),
            }
        }
        Some(CertificateSource::Acme(domains)) => {
            let Some(database) = &subject.database else {
                return vec![CHECK.wrong(NO_FOLDER, "put a certificate and its key into files")];
            };
            match acme_settings(&subject.config, domains, database).stored() {
                Err(error) => vec![CHECK.wrong(
                    format!("tls.acme: {error}"),
                    "run this command as the user of the server, or move the file away: another one is got",
                )],
                Ok(None) => vec![none_yet(subject)],
                Ok(Some(pair)) => assess(&pair, domains, Renewal::BySelf, now),
            }
        }
    }
}

/// Who replaces the certificate.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Renewal {
    ByHand,
    BySelf,
}

impl Renewal {
    const fn what_to_do(self) -> &'static str {
        match self {
            Self::ByHand => "put a new certificate with its key into the files of tls.cert and tls.key",
            Self::BySelf => {
                "the server's log has why no new one was got; port 443 of each domain has to lead to onlinesim.listen"
            }
        }
    }
}

fn none_yet(subject: &Subject) -> CheckFinding {
    match subject.server.running() {
        None => CHECK.skipped("tls.acme: there is none yet; a server gets it after its start"),
        Some(_) => CHECK.wrong(
            "tls.acme: there is none, so HTTPS does not work",
            Renewal::BySelf.what_to_do(),
        ),
    }
}

/// The hosts for which clients ask; where none is configured, the certificate's own first name.
fn public_hosts(config: &Config, pair: &CertificatePair) -> Vec<String> {
    let urls = [&config.onlinesim.public_url, &config.gateway.public_url];
    let urls = urls.into_iter().flatten().filter_map(|url| Url::parse(url).ok());
    let urls = urls.filter(|url| url.scheme() == "https");
    let mut hosts: Vec<String> = urls
        .filter_map(|url| Some(url.host_str()?.trim_matches(['[', ']']).to_owned()))
        .collect();
    hosts.dedup();
    if hosts.is_empty() {
        hosts.extend(pair.first_name().map(str::to_owned));
    }
    hosts
}

fn assess(pair: &CertificatePair, hosts: &[String], renewal: Renewal, now: Timestamp) -> Vec<CheckFinding> {
    let validity = pair.validity();
    let mut findings: Vec<CheckFinding> = time(validity, renewal, now).into_iter().collect();
    if !pair.is_in_order() {
        findings.push(CHECK.warning(
            "its chain is not in order: each certificate has to be followed by the one that signed it",
            "put the certificates of the file into that order, your own first",
        ));
    }
    if hosts.is_empty() {
        findings.push(CHECK.warning(
            "it is not known under which name clients ask for it",
            "set onlinesim.public_url: that name is looked for in the certificate",
        ));
    }
    // One that is not valid now is refused for that, whatever else is wrong.
    if now >= validity.not_before && !validity.is_expired(now) {
        let refused = hosts
            .iter()
            .filter_map(|host| pair.accepted_as(host, now).err().map(|reason| (host, reason)));
        findings.extend(
            refused
                .map(|(host, reason)| CHECK.wrong(format!("clients of {host} refuse it: {reason}"), against(&reason))),
        );
    }
    if findings.is_empty() {
        let (hosts, length) = (hosts.join(", "), pair.chain_length());
        findings.push(CHECK.ok(format!(
            "for {hosts}, with a chain of {length} that clients accept; {}",
            left(validity, now)
        )));
    }
    findings
}

/// What is wrong with its time.
fn time(validity: Validity, renewal: Renewal, now: Timestamp) -> Option<CheckFinding> {
    if validity.is_expired(now) {
        let what = format!("it expired on {}", rfc3339(validity.not_after));
        return Some(CHECK.wrong(what, renewal.what_to_do()));
    }
    if now < validity.not_before {
        let what = format!("it is not valid before {}", rfc3339(validity.not_before));
        return Some(CHECK.wrong(what, "look at this machine's clock"));
    }
    if now >= validity.trouble_from() {
        return Some(CHECK.wrong(left(validity, now), renewal.what_to_do()));
    }
    if renewal == Renewal::BySelf && now >= validity.renew_from() {
        let what = format!(
            "it is to be renewed since {}; {}",
            rfc3339(validity.renew_from()),
            left(validity, now)
        );
        return Some(CHECK.warning(what, renewal.what_to_do()));
    }
    None
}

/// How long it is valid.
pub(super) fn left(validity: Validity, now: Timestamp) -> String {
    let days = validity.not_after.since(now).as_secs() / (24 * 60 * 60);
    format!("it ends in {days} days, on {}", rfc3339(validity.not_after))
}

const fn against(reason: &RefusedCertificate) -> &'static str {
    match reason {
        RefusedCertificate::UnknownAuthority => {
            "put the certificates between it and the authority after it (often called fullchain.pem)"
        }
        RefusedCertificate::OtherName => "get one for that name, or correct onlinesim.public_url",
        RefusedCertificate::NotValidNow => "replace the certificate of the chain that has expired",
        RefusedCertificate::NoAuthorities => "install the list of authorities",
        RefusedCertificate::Other(_) => "get another one",
    }
}
