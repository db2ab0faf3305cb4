//! Addresses without a partner's server, and what is reported about them; HTTPS.

use std::net::SocketAddr;

use axum::Router;
use axum::response::{Html, Redirect};
use axum::routing::post;
use axum::serve::Listener;
use leaseline::rehearsal::report::{CheckStatus, RehearsalReport};
use leaseline::rehearsal::{RehearsalPlan, rehearse};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::bad_server::{BadServer, Fault};
use super::{plan, reason, status};
use crate::support::receiver::{AUTHORITY, acceptor};
use crate::support::wire::Listening;

async fn with(plan: &RehearsalPlan) -> RehearsalReport {
    rehearse(plan, CancellationToken::new()).await.unwrap()
}

/// Nothing but the first checks is worth a try, and nothing is rented.
#[track_caller]
fn assert_useless(report: &RehearsalReport, words: &str) {
    let text = report.text();
    assert!(reason(report, "services").contains(words), "{text}");
    assert!(report.failed().contains(&"services"), "{text}");
    for check in ["wrong-key", "rent-promised", "finish-unknown", "push-at-once"] {
        assert_eq!(
            reason(report, check),
            "GET_SERVICES has to be answered with JSON first",
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_fails() {
    // Bound, but not listening: nobody else gets the port, and nobody answers there.
    let bound = TcpSocket::new_v4().unwrap();
    bound.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let url = format!("http://{}", bound.local_addr().unwrap());
    let server = Listening::start(Router::new()).await;
    let plan = plan(&server, &["--yes-rent-real-numbers"]);
    let report = with(&RehearsalPlan { url, ..plan }).await;
    assert_useless(&report, "no connection: Connection refused");
    assert_eq!(reason(&report, "ten-seconds"), "no request reached the server");
    assert_eq!(report.unanswered, 0);
    server.stop().await;
}

#[tokio::test]
async fn something_else_at_the_address_is_recognized() {
    let welcome = || post(|| async { Html("<h1>Welcome!</h1>") });
    let router = Router::new().route("/html/getServicesRent", welcome()).route(
        "/moved/getServicesRent",
        post(|| async { Redirect::permanent("/there") }),
    );
    let server = Listening::start(router).await;
    for (path, words) in [
        (
            "/html",
            "Content-Type is \"text/html; charset=utf-8\", not \"application/json; charset=utf-8\"; the answer is not a JSON object",
        ),
        ("/moved", "it points to \"/there\": give that address"),
        (
            "/wrong",
            "is the address right? If all actions have one address, say --one-address",
        ),
    ] {
        let url = server.url(path);
        let plan = plan(&server, &["--yes-rent-real-numbers"]);
        assert_useless(&with(&RehearsalPlan { url, ..plan }).await, words);
    }
    server.stop().await;
}

#[tokio::test]
async fn one_address_takes_all_actions() {
    let partner = BadServer::new(Fault::None);
    let server = Listening::start(partner.router(true)).await;
    let plan = plan(&server, &["--yes-rent-real-numbers", "--one-address"]);
    let url = server.url("/api/v1");
    let report = with(&RehearsalPlan { url, ..plan }).await;
    assert_eq!(report.failed(), [""; 0], "{}", report.text());
    assert_eq!(status(&report, "rent-promised"), CheckStatus::Pass, "{}", report.text());
    assert_eq!(partner.open(), [0; 0]);
    server.stop().await;
}

#[tokio::test]
async fn a_key_that_is_not_theirs_is_a_hint() {
    let server = Listening::start(BadServer::new(Fault::None).router(false)).await;
    let mut plan = plan(&server, &["--yes-rent-real-numbers"]);
    plan.key = "another".to_owned().into();
    let report = with(&plan).await;
    assert_eq!(report.failed(), ["services"], "{}", report.text());
    assert!(reason(&report, "services").contains("is the key the right one?"));
    assert_eq!(report.rented, 0);
    server.stop().await;
}

/// A listener that speaks TLS, with a certificate of a private authority.
struct Tls {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            let (stream, address) = self.tcp.accept().await.unwrap();
            // Who does not trust the certificate goes away.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

async fn over_tls(router: Router) -> (String, AbortOnDropHandle<()>) {
    let tls = Tls {
        tcp: TcpListener::bind("127.0.0.1:0").await.unwrap(),
        acceptor: acceptor(),
    };
    // However the scheme is written.
    let url = format!("HTTPS://{}", tls.tcp.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let _ended = axum::serve(tls, router).await;
    });
    (url, AbortOnDropHandle::new(serving))
}

#[tokio::test]
async fn a_private_authority_is_trusted_when_it_is_named() {
    let partner = BadServer::new(Fault::None);
    let (url, _serving) = over_tls(partner.router(false)).await;
    let nobody = Listening::start(Router::new()).await;
    let untrusted = plan(&nobody, &["--yes-rent-real-numbers"]);
    let report = with(&RehearsalPlan {
        url: url.clone(),
        ..untrusted
    })
    .await;
    assert_useless(&report, "no connection: invalid peer certificate: UnknownIssuer");
    assert_eq!(status(&report, "https"), CheckStatus::Fail);
    assert!(reason(&report, "https").contains("--ca-file"), "{}", report.text());
    assert_eq!(report.unanswered, 0, "nothing was sent");

    let trusted = plan(&nobody, &["--yes-rent-real-numbers", "--ca-file", AUTHORITY]);
    let report = with(&RehearsalPlan { url, ..trusted }).await;
    assert_eq!(report.failed(), [""; 0], "{}", report.text());
    assert_eq!(status(&report, "rent-promised"), CheckStatus::Pass, "{}", report.text());
    assert!(reason(&report, "https").contains("trusted because of --ca-file"));
    assert_eq!(partner.open(), [0; 0]);

    for file in ["/no/such/file", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")] {
        let plan = plan(&nobody, &["--ca-file", file]);
        let refused = rehearse(&plan, CancellationToken::new()).await.unwrap_err();
        assert!(refused.starts_with(&format!("--ca-file {file}: ")), "{refused}");
    }
    nobody.stop().await;
}
