//! The certificate of HTTPS and its chain: in files, and in the store of ACME.

use std::time::Duration;

use leaseline::clock::Clock;
use leaseline::domain::time::Timestamp;

use super::report::{Setup, chmod};
use crate::support::certificates::{Authority, DOMAIN, Pem, long};

const DAY: Duration = Duration::from_hours(24);

/// A setup with HTTPS, whose clients trust the authority.
async fn with_files(authority: &Authority, pem: &Pem) -> Setup {
    let mut setup = Setup::new().await;
    let root = authority.root_file(&setup.path(""));
    setup.place.set("SSL_CERT_FILE", root.to_str().unwrap());
    let (cert, key) = (setup.path("cert.pem"), setup.path("key.pem"));
    setup.place.set("LEASELINE_TLS__CERT", cert.to_str().unwrap());
    setup.place.set("LEASELINE_TLS__KEY", key.to_str().unwrap());
    write(&setup, pem);
    setup
}

fn write(setup: &Setup, pem: &Pem) {
    setup.write("cert.pem", &pem.certificate, 0o644);
    setup.write("key.pem", &pem.key, 0o600);
}

/// Valid from and until so many days before and after now.
fn days(before: u32, after: u32) -> (Timestamp, Timestamp) {
    let now = Clock::system().now();
    (now.minus(DAY * before), now + DAY * after)
}

#[tokio::test]
async fn a_good_certificate_is_served_to_those_who_trust_its_authority() {
    let authority = Authority::new();
    let setup = with_files(&authority, &authority.certificate(&[DOMAIN], long())).await;
    let server = setup.place.start().await;
    let report = setup.examine().await;
    report.is_well();
    assert!(
        report
            .what("certificate")
            .contains("with a chain of 1 that clients accept; it ends in"),
        "{}",
        report.what("certificate")
    );
    let listeners = format!(
        "https://{DOMAIN}:{} (onlinesim.listen) answers; of its certificate: it ends in",
        setup.port
    );
    assert!(
        report.what("listeners").starts_with(&listeners),
        "{}",
        report.what("listeners")
    );
    chmod(&setup.path("key.pem"), 0o604);
    setup
        .examine()
        .await
        .is_wrong("file_modes", "key.pem, which holds secrets");
    drop(server);
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_named() {
    let authority = Authority::new();
    let of = |names: &[&str], validity| authority.certificate(names, validity);
    let mut setup = with_files(&authority, &of(&[DOMAIN], days(400, 2))).await;
    setup.examine().await.is_wrong("certificate", "it ends in 1 days, on ");
    write(&setup, &of(&[DOMAIN], (days(400, 0).0, days(2, 0).0)));
    setup.examine().await.is_wrong("certificate", "it expired on ");
    let other_key = Pem {
        key: of(&[DOMAIN], long()).key,
        ..of(&[DOMAIN], long())
    };
    write(&setup, &other_key);
    setup
        .examine()
        .await
        .is_wrong("certificate", "does not belong to the certificate in tls.cert");
    std::fs::remove_file(setup.path("key.pem")).unwrap();
    setup
        .examine()
        .await
        .is_wrong("certificate", "cannot be read: No such file or directory");

    // Nobody trusts that authority, or only one of its name.
    let untrusted = "no authority that this machine trusts signed it, or a certificate between the two is missing";
    write(&setup, &Authority::new().certificate(&[DOMAIN], long()));
    setup.examine().await.is_wrong("certificate", untrusted);
    write(&setup, &of(&[DOMAIN], long()));
    let other = rcgen::generate_simple_self_signed(["another authority".to_owned()]).unwrap();
    setup.write("authority.pem", &other.cert.pem(), 0o644);
    setup.examine().await.is_wrong("certificate", untrusted);
    authority.root_file(&setup.path(""));
    let (first, second) = (of(&[DOMAIN], long()), of(&["other.example.org"], long()));
    let chain = format!("{}{}", first.certificate, second.certificate);
    write(
        &setup,
        &Pem {
            certificate: chain,
            ..first
        },
    );
    let report = setup.examine().await;
    report.is_a_warning("certificate", "its chain is not in order");
    write(&setup, &of(&[DOMAIN], long()));
    setup
        .place
        .set("LEASELINE_ONLINESIM__PUBLIC_URL", "https://other.example.org");
    setup.examine().await.is_wrong(
        "certificate",
        "clients of other.example.org refuse it: it is for other names",
    );
}

#[tokio::test]
async fn a_certificate_of_acme_is_looked_at_where_it_is_kept() {
    let authority = Authority::new();
    let mut setup = Setup::new().await;
    let root = authority.root_file(&setup.path(""));
    setup.place.set("SSL_CERT_FILE", root.to_str().unwrap());
    setup.place.set("LEASELINE_TLS__ACME", DOMAIN);
    setup
        .place
        .set("LEASELINE_TLS__ACME_DIRECTORY", "https://ca.example/dir");
    assert_eq!(
        setup.examine().await.state("certificate"),
        "skipped",
        "a server gets one"
    );
    let folder = "leaseline.db-acme/at-ca.example_dir";
    assert!(!setup.path("leaseline.db-acme").exists(), "nothing is made");
    std::fs::create_dir_all(setup.path(folder)).unwrap();
    chmod(&setup.path("leaseline.db-acme"), 0o700);
    chmod(&setup.path(folder), 0o700);
    let keep = |pem: Pem, mode| {
        setup.write(
            &format!("{folder}/certificate.pem"),
            &(pem.key + &pem.certificate),
            mode,
        )
    };

    keep(authority.certificate(&[DOMAIN], days(40, 50)), 0o600);
    let report = setup.examine().await;
    report.is_well();
    assert_eq!((report.state("certificate"), report.state("file_modes")), ("ok", "ok"));
    keep(authority.certificate(&[DOMAIN], days(65, 25)), 0o644);
    let report = setup.examine().await;
    report.is_a_warning("certificate", "it is to be renewed since ");
    report.is_wrong("file_modes", "certificate.pem, which holds secrets");
    keep(authority.certificate(&[DOMAIN], days(80, 10)), 0o600);
    setup.examine().await.is_wrong("certificate", "it ends in ");
    keep(authority.certificate(&["old.example.org"], days(1, 89)), 0o600);
    setup.examine().await.is_wrong(
        "certificate",
        &format!("clients of {DOMAIN} refuse it: it is for other names"),
    );
}
