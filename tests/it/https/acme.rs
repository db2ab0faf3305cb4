//! Certificates that the server gets and renews by itself.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use leaseline::worker::Worker as _;
use serde_json::{Value, json};

use super::authority::AcmeServer;
use super::listening;
use crate::support::certificates::{DOMAIN, certificate_of};
use crate::support::wire::Listening;
use crate::support::{TestServer, hours, minutes, seconds};

const DAY: Duration = hours(24);

/// A server that gets its certificates there, with these settings besides.
async fn server(acme: &AcmeServer, domains: &str) -> (TestServer, Listening) {
    let mut settings = acme.settings();
    settings.push(("TLS__ACME", domains.to_owned()));
    settings.push(("TLS__ACME_CONTACT", "you@example.org".to_owned()));
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, &**value)).collect();
    let server = TestServer::with(&settings).await;
    let listening = listening(&server).await;
    acme.books().server = Some(listening.address);
    (server, listening)
}

/// The next certificate of the authority is valid from now on for so long.
fn lives(acme: &AcmeServer, server: &TestServer, life: Duration) {
    let now = server.clock.now();
    acme.books().life = Some((now, now + life));
}

async fn look(server: &TestServer) {
    let keeper = server.app().certificates.as_ref().expect("TLS is on");
    assert!(keeper.pass().await.unwrap().unwrap() <= seconds(10));
}

/// The certificate that a new connection gets; for the client it is the first day.
async fn served(acme: &AcmeServer, listening: &Listening) -> Option<Vec<u8>> {
    let stream = acme.authority.connect(listening.address).await.ok()?;
    Some(certificate_of(&stream))
}

async fn troubles(server: &TestServer) -> Vec<String> {
    server.watch().await;
    let open = server.admin_list("/v1/troubles?state=open").await;
    let about = open.iter().filter(|one| one["kind"] == "certificate_expires");
    about
        .map(|one: &Value| one["detail"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_certificate_is_got_renewed_at_a_third_of_its_life_and_kept_over_a_restart() {
    let acme = AcmeServer::start().await;
    let (mut server, waiting) = server(&acme, &format!("{DOMAIN},other.example.org")).await;
    assert_eq!(served(&acme, &waiting).await, None, "there is none yet");
    lives(&acme, &server, DAY * 90);
    look(&server).await;
    let first = served(&acme, &waiting).await.expect("there is one");
    assert_eq!(acme.books().accounts, [json!(["mailto:you@example.org"])]);
    assert_eq!(troubles(&server).await, [""; 0]);

    // Only the owner reads what was stored.
    let place = server.file().with_file_name("leaseline.db-acme");
    let folder = fs::read_dir(&place).unwrap().next().unwrap().unwrap().path();
    let mode = |path: &PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!([mode(&place), mode(&folder)], [0o700, 0o700]);
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    assert!(names[0].ends_with("account.json") && names[1].ends_with("certificate.pem"));
    assert!(names.len() == 2 && names.iter().all(|path| mode(path) == 0o600));

    waiting.stop().await;
    server.stop_for(DAY * 59).await;
    let again = listening(&server).await;
    acme.books().server = Some(again.address);
    look(&server).await;
    assert_eq!(served(&acme, &again).await.as_ref(), Some(&first));
    assert_eq!(acme.books().orders, 1);
    server.advance(DAY);
    acme.books().life = None;
    look(&server).await;
    let second = served(&acme, &again).await.expect("there is one");
    assert_ne!(first, second);
    assert_eq!(acme.books().orders, 2);
    assert_eq!(acme.books().accounts.len(), 1);
    again.stop().await;
    server.close().await;
    acme.stop().await;
}

#[tokio::test]
async fn a_renewal_that_fails_is_repeated_and_is_a_trouble_from_14_days_on() {
    let acme = AcmeServer::start().await;
    let (server, listening) = server(&acme, DOMAIN).await;
    lives(&acme, &server, DAY * 90);
    look(&server).await;
    let first = served(&acme, &listening).await.expect("there is one");
    acme.books().refuses = Some("too many certificates");
    server.advance(DAY * 60);
    // The pauses grow: 2, 4, 8 minutes, and so on, but never beyond 6 hours.
    let mut orders = 1;
    for pause in [2, 4, 8, 16, 32, 64, 128, 256, 360, 360] {
        look(&server).await;
        orders += 1;
        assert_eq!(acme.books().orders, orders);
        server.advance(minutes(pause).checked_sub(seconds(1)).unwrap());
        look(&server).await;
        assert_eq!(acme.books().orders, orders, "{pause}");
        server.advance(seconds(1));
    }
    assert_eq!(troubles(&server).await, [""; 0], "there is time");
    server.advance(DAY * 16);
    look(&server).await;
    assert_eq!(
        troubles(&server).await,
        ["the certificate expires in 13 days; no new one was got: the authority: too many certificates"]
    );
    assert_eq!(
        served(&acme, &listening).await.as_ref(),
        Some(&first),
        "the old one is served on"
    );
    acme.books().refuses = None;
    acme.books().life = None;
    server.advance(hours(6));
    look(&server).await;
    assert_ne!(served(&acme, &listening).await.expect("there is one"), first);
    server.watch().await;
    server.advance(seconds(61));
    assert_eq!(troubles(&server).await, [""; 0]);
    listening.stop().await;
    server.close().await;
    acme.stop().await;
}

#[tokio::test]
async fn nothing_is_ordered_that_could_not_be_stored_and_a_damaged_certificate_is_replaced() {
    let acme = AcmeServer::start().await;
    let (mut server, waiting) = server(&acme, DOMAIN).await;
    let place = server.file().with_file_name("leaseline.db-acme");
    let folder = fs::read_dir(&place).unwrap().next().unwrap().unwrap().path();
    fs::remove_dir(&folder).unwrap();
    look(&server).await;
    let [detail] = &troubles(&server).await[..] else {
        panic!("one trouble")
    };
    assert!(detail.contains(&format!("{}: ", folder.display())), "{detail}");
    assert_eq!(acme.books().accounts.len(), 0);
    assert_eq!(acme.books().orders, 0);

    fs::create_dir(&folder).unwrap();
    server.advance(minutes(2));
    look(&server).await;
    assert!(served(&acme, &waiting).await.is_some());
    waiting.stop().await;
    fs::write(folder.join("certificate.pem"), "no PEM").unwrap();
    server.stop_for(hours(1)).await;
    let again = listening(&server).await;
    acme.books().server = Some(again.address);
    assert_eq!(served(&acme, &again).await, None);
    look(&server).await;
    assert!(served(&acme, &again).await.is_some());
    assert_eq!(acme.books().orders, 2);
    again.stop().await;
    server.close().await;
    acme.stop().await;
}

#[tokio::test]
async fn a_domain_that_cannot_be_proven_is_named() {
    let acme = AcmeServer::start().await;
    let (server, listening) = server(&acme, DOMAIN).await;
    // The domain points elsewhere.
    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    acme.books().server = nobody.local_addr().ok();
    drop(nobody);
    look(&server).await;
    let [detail] = &troubles(&server).await[..] else {
        panic!("one trouble")
    };
    let expected = format!("there is no certificate; no new one was got: the authority: {DOMAIN}: Connection refused");
    assert!(detail.starts_with(&expected), "{detail}");
    assert_eq!(served(&acme, &listening).await, None);
    // Another connection of the server itself gets through meanwhile: nothing else stands still.
    acme.books().server = Some(listening.address);
    server.advance(minutes(2));
    look(&server).await;
    assert!(served(&acme, &listening).await.is_some());
    listening.stop().await;
    server.close().await;
    acme.stop().await;
}

#[tokio::test]
async fn another_domain_needs_another_certificate() {
    let acme = AcmeServer::start().await;
    let (mut server, listening) = server(&acme, DOMAIN).await;
    look(&server).await;
    look(&server).await;
    assert_eq!(acme.books().orders, 1);
    listening.stop().await;
    server
        .restart_with(&[("TLS__ACME", "more.example.org,numbers.example.org")])
        .await;
    let listening = super::listening(&server).await;
    acme.books().server = Some(listening.address);
    assert!(
        served(&acme, &listening).await.is_some(),
        "the old one is better than none"
    );
    look(&server).await;
    assert_eq!(acme.books().orders, 2);
    listening.stop().await;
    server.close().await;
    acme.stop().await;
}
