//! Pebble, the ACME server with which Let's Encrypt has clients tested: it checks every signature, and refuses one nonce in
//! twenty on purpose.

use std::net::SocketAddr;
use std::sync::Arc;

use leaseline::worker::Worker as _;
use rustls::ClientConfig;
use serde_json::json;
use tempfile::TempDir;
use tokio_rustls::TlsConnector;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::port;
use super::program::Program;
use crate::https::any_certificate::AnyCertificate;
use crate::support::TestServer;
use crate::support::certificates::{Authority, DOMAIN, certificate_of, connect, long};
use crate::support::wire::Listening;

const OTHER: &str = "other.example.org";

/// Starts Pebble, and a DNS server for it by which every domain points to this machine. Domains are checked at that port.
async fn start(folder: &TempDir, checks: u16) -> (Program, Program, [(&'static str, String); 2]) {
    let authority = Authority::new();
    let pem = authority.certificate(&["localhost"], long());
    let [cert, key] = [("cert.pem", &pem.certificate), ("key.pem", &pem.key)].map(|(name, text)| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    });
    let [listen, dns, management] = [(); 3].map(|()| port::free());
    let config = json!({ "pebble": {
        "listenAddress": format!("127.0.0.1:{listen}"),
        "managementListenAddress": "",
        "certificate": cert,
        "privateKey": key,
        "httpPort": 1,
        "tlsPort": checks,
        "ocspResponderURL": "",
        "externalAccountBindingRequired": false,
    }});
    std::fs::write(folder.path().join("pebble.json"), config.to_string()).unwrap();
    let (dns, management) = (format!("127.0.0.1:{dns}"), format!("127.0.0.1:{management}"));
    let arguments = [
        "-dns01",
        &dns,
        "-management",
        &management,
        "-defaultIPv6",
        "",
        "-http01",
        "",
        "-https01",
        "",
        "-tlsalpn01",
        "",
    ];
    let domains = Program::start(folder.path(), "pebble-challtestsrv", &arguments, &[]);
    let arguments = ["-config", "pebble.json", "-dnsserver", &dns];
    let pebble = Program::start(folder.path(), "pebble", &arguments, &[("PEBBLE_VA_NOSLEEP", "1")]);
    port::listens(listen).await;
    let root = authority.root_file(folder.path());
    let settings = [
        ("TLS__ACME_DIRECTORY", format!("https://localhost:{listen}/dir")),
        ("TLS__ACME_CA_FILE", root.display().to_string()),
    ];
    (pebble, domains, settings)
}

async fn issuer(address: SocketAddr, domain: &str) -> Option<(Vec<u8>, String)> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(AnyCertificate))
        .with_no_client_auth();
    let stream = connect(&TlsConnector::from(Arc::new(config)), address, domain)
        .await
        .ok()?;
    let certificate = certificate_of(&stream);
    let (_, parsed) = X509Certificate::from_der(&certificate).unwrap();
    let issuer = parsed.issuer().to_string();
    Some((certificate, issuer))
}

#[tokio::test]
#[ignore = "needs Pebble"]
async fn pebble_signs_and_renews_a_certificate() {
    let folder = tempfile::tempdir().unwrap();
    // The listener is there before the server that it serves: its port is a setting of Pebble's.
    let checks = port::free();
    let (pebble, domains, settings) = start(&folder, checks).await;
    let names = format!("{DOMAIN},{OTHER}");
    let [directory, ca_file] = &settings;
    let settings = [
        ("TLS__ACME", &*names),
        ("TLS__ACME_CONTACT", "you@example.org"),
        (directory.0, &*directory.1),
        (ca_file.0, &*ca_file.1),
    ];
    let mut server = TestServer::with(&settings).await;
    let transport = server.app().onlinesim_transport();
    let listening = Listening::start_at(checks, transport, server.onlinesim_router()).await;
    assert_eq!(issuer(listening.address, DOMAIN).await, None, "there is none yet");
    let look = async |server: &TestServer| {
        let keeper = server.app().certificates.as_ref().expect("TLS is on");
        keeper.pass().await.unwrap();
        server.watch().await;
        let troubles = server.admin_list("/v1/troubles?state=open").await;
        assert!(
            troubles.iter().all(|one| one["kind"] != "certificate_expires"),
            "{troubles:?}"
        );
    };
    look(&server).await;
    let (first, name) = issuer(listening.address, OTHER).await.expect("there is one");
    assert!(name.contains("Pebble Intermediate CA"), "{name}");
    listening.stop().await;

    // Five years: they are renewed when twenty months are left. The account is known from before.
    server.stop_for(std::time::Duration::from_secs(4 * 365 * 86_400)).await;
    let transport = server.app().onlinesim_transport();
    let listening = Listening::start_at(checks, transport, server.onlinesim_router()).await;
    assert_eq!(issuer(listening.address, DOMAIN).await.expect("the old one").0, first);
    look(&server).await;
    assert_ne!(issuer(listening.address, DOMAIN).await.expect("the new one").0, first);
    listening.stop().await;
    server.close().await;
    pebble.stop().await;
    domains.stop().await;
}
