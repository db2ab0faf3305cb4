//! Certificates in files that change.

use std::fs;
use std::time::Duration;

use leaseline::app::App;
use leaseline::clock::{Clock, Random};
use leaseline::config::Config;
use leaseline::worker::Worker as _;
use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::{Authority, DOMAIN, Files, long};
use crate::crash::process::{Place, Server};
use crate::support::certificates::{certificate_of, first_of};
use crate::support::test_server::ADMIN_TOKEN;
use crate::support::wire::raw_post;
use crate::support::{KEY, TestServer, hours};

/// One request on a connection that stays open.
async fn ask(stream: &mut TlsStream<TcpStream>) {
    let body = json!({"action": "GET_SERVICES", "key": KEY}).to_string();
    let request = raw_post("/getServicesRent", "", &body);
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 4096];
    let length = stream.read(&mut answer).await.unwrap();
    assert!(answer[..length].starts_with(b"HTTP/1.1 200 OK\r\n"));
}

/// One look at the files; returns after how long the next one is due.
async fn look(server: &TestServer) -> Duration {
    let keeper = server.app().certificates.as_ref().expect("TLS is on");
    keeper.pass().await.unwrap().unwrap()
}

/// The open troubles with the certificate: how many days each has lasted, and what it is.
async fn troubles(server: &TestServer) -> Vec<(i64, String)> {
    server.watch().await;
    let open = server.admin_list("/v1/troubles?state=open").await;
    let about = open.iter().filter(|one| one["kind"] == "certificate_expires");
    let shown = |one: &Value| {
        (
            one["count"].as_i64().unwrap(),
            one["detail"].as_str().unwrap().to_owned(),
        )
    };
    about.map(shown).collect()
}

#[tokio::test]
async fn new_connections_get_the_new_certificate_and_open_ones_go_on() {
    let authority = Authority::new();
    let [old, new] = [(), ()].map(|()| authority.certificate(&[DOMAIN], long()));
    let files = Files::new(&old);
    let (server, listening) = files.server().await;
    let mut kept = authority.connect(listening.address).await.unwrap();
    ask(&mut kept).await;
    assert!(look(&server).await <= Duration::from_secs(10));
    files.write(&new);
    look(&server).await;
    let mut newer = authority.connect(listening.address).await.unwrap();
    assert_eq!(certificate_of(&newer), first_of(&new.certificate));
    assert_eq!(certificate_of(&kept), first_of(&old.certificate));
    ask(&mut kept).await;
    ask(&mut newer).await;
    assert_eq!(troubles(&server).await, []);
    drop((kept, newer));
    listening.stop().await;
    server.close().await;
}

#[tokio::test]
async fn files_that_do_not_fit_are_a_trouble_and_the_old_certificate_is_served_on() {
    let authority = Authority::new();
    let [old, new] = [(), ()].map(|()| authority.certificate(&[DOMAIN], long()));
    let files = Files::new(&old);
    let (server, listening) = files.server().await;
    let (cert, key) = (files.cert.display(), files.key.display());
    for (text, sentence) in [
        (
            Some(&*new.certificate),
            format!("tls.key ({key}) does not belong to the certificate in tls.cert ({cert})"),
        ),
        (
            Some("no PEM"),
            format!("tls.cert ({cert}) has no certificate: it is PEM and begins with -----BEGIN CERTIFICATE-----"),
        ),
        (
            None,
            format!("tls.cert ({cert}) cannot be read: No such file or directory (os error 2)"),
        ),
    ] {
        match text {
            Some(text) => fs::write(&files.cert, text).unwrap(),
            None => fs::remove_file(&files.cert).unwrap(),
        }
        // They may be changing just now: it is looked again soon.
        assert_eq!(look(&server).await, Duration::from_secs(1));
        assert_eq!(troubles(&server).await, [], "{sentence}");
        look(&server).await;
        let [(1, detail)] = &troubles(&server).await[..] else {
            panic!("{sentence}")
        };
        assert!(
            detail.ends_with(&format!("; the new one cannot be served: {sentence}")),
            "{detail}"
        );
        let stream = authority.connect(listening.address).await.unwrap();
        assert_eq!(certificate_of(&stream), first_of(&old.certificate));
        files.write(&old);
        look(&server).await;
        server.advance(Duration::from_secs(59));
        assert_eq!(troubles(&server).await.len(), 1, "conditions may come and go");
        server.advance(Duration::from_secs(1));
        assert_eq!(troubles(&server).await, [], "it is over");
    }
    files.write(&new);
    look(&server).await;
    let stream = authority.connect(listening.address).await.unwrap();
    assert_eq!(certificate_of(&stream), first_of(&new.certificate));
    drop(stream);
    listening.stop().await;
    server.close().await;
}

#[tokio::test]
async fn a_certificate_that_ends_is_served_and_is_a_trouble_from_14_days_on() {
    let authority = Authority::new();
    let now = leaseline::clock::parse_rfc3339(crate::support::test_server::START).unwrap();
    let day = hours(24);
    let files = Files::new(&authority.certificate(&[DOMAIN], (now.minus(day * 70), now + day * 15)));
    let (server, listening) = files.server().await;
    look(&server).await;
    assert_eq!(troubles(&server).await, []);
    for (days, count, detail) in [
        (1, 1, "the certificate expires in 14 days"),
        (3, 4, "the certificate expires in 11 days"),
        (13, 17, "the certificate expired 2 days ago"),
    ] {
        server.advance(day * days);
        look(&server).await;
        assert_eq!(troubles(&server).await, [(count, detail.to_owned())]);
        // For this client it is still the first day.
        ask(&mut authority.connect(listening.address).await.unwrap()).await;
    }
    let later = server.clock.now();
    files.write(&authority.certificate(&[DOMAIN], (later, later + day * 90)));
    look(&server).await;
    assert_eq!(troubles(&server).await.len(), 1);
    server.advance(Duration::from_secs(61));
    assert_eq!(troubles(&server).await, []);
    listening.stop().await;
    server.close().await;
}

#[tokio::test]
async fn a_server_does_not_start_with_files_that_do_not_fit() {
    let authority = Authority::new();
    let [pem, other] = [(), ()].map(|()| authority.certificate(&[DOMAIN], long()));
    let files = Files::new(&pem);
    let (cert, key) = (files.cert.display(), files.key.display());
    for (text, sentence) in [
        (
            &other.key,
            format!("tls.key ({key}) does not belong to the certificate in tls.cert ({cert})"),
        ),
        (
            &pem.certificate,
            format!("tls.key ({key}) has no private key: it is PEM without a password"),
        ),
        (&String::new(), format!("tls.key ({key}) has no private key")),
    ] {
        fs::write(&files.key, text).unwrap();
        let database = files.folder.path().join("leaseline.db");
        let mut environment = vec![
            ("LEASELINE_ONLINESIM__KEYS".to_owned(), KEY.to_owned()),
            ("LEASELINE_ADMIN__TOKEN".to_owned(), ADMIN_TOKEN.to_owned()),
            ("LEASELINE_PUSH__URL".to_owned(), "http://127.0.0.1:9".to_owned()),
            (
                "LEASELINE_STORAGE__URL".to_owned(),
                format!("sqlite:{}", database.display()),
            ),
        ];
        environment.extend(
            files
                .settings()
                .map(|(name, value)| (format!("LEASELINE_{name}"), value)),
        );
        let config = Config::load(None, environment).unwrap();
        let refused = App::build(config, Clock::system(), Random::system())
            .await
            .err()
            .unwrap();
        assert!(refused.to_string().starts_with(&sentence), "{refused}");
    }
}

/// The real program: it prints its address, and SIGHUP has it look at the files.
#[tokio::test]
async fn sighup_has_the_files_read_again_and_ends_nothing() {
    let authority = Authority::new();
    let [old, new] = [(), ()].map(|()| authority.certificate(&[DOMAIN], long()));
    let files = Files::new(&old);
    let mut place = Place::new().await;
    let [(_, cert), (_, key)] = files.settings();
    place.set("LEASELINE_TLS__CERT", &cert);
    place.set("LEASELINE_TLS__KEY", &key);
    let server: Server = place.start().await;
    let address = server.client.partner.strip_prefix("https://").expect("it is HTTPS");
    let address = address.parse().unwrap();
    let mut kept = authority.connect(address).await.unwrap();
    ask(&mut kept).await;
    files.write(&new);
    kill_process(server.id(), Signal::HUP).unwrap();
    let taken = async {
        while certificate_of(&authority.connect(address).await.unwrap()) != first_of(&new.certificate) {
            tokio::task::yield_now().await;
        }
    };
    // Without the signal it would look 5 s after its first look.
    tokio::time::timeout(Duration::from_secs(3), taken)
        .await
        .expect("the new one is served");
    ask(&mut kept).await;
    drop(kept);
    server.terminate();
    assert_eq!(server.ended().await.code(), Some(0));
}
