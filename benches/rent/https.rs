//! What TLS costs: the same rentals over HTTPS and over plain HTTP, in turn.

use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

use super::load::{Load, Measured, post};
use super::rows::{count, get_number, row, same};
use super::server::Server;
use super::{Bench, Inventory};

/// How often each of the two is measured.
const ROUNDS: usize = 3;
const CONNECTIONS: usize = 64;
/// The name in the certificate.
const HOST: &str = "bench.example";

impl Bench {
    /// GET_NUMBER on 64 connections that stay open; the last column but one is the share of plain HTTP.
    pub fn https(&self, inventory: &Inventory) {
        let name = format!("GET_NUMBER over HTTPS, {} numbers", inventory.count);
        if self.skips(&name) {
            return;
        }
        let (settings, client) = self.certificate();
        let settings = settings.each_ref().map(|(name, path)| (*name, path.as_str()));
        for _ in 0..ROUNDS {
            let plain = self.rent_over(inventory, &[], None);
            let https = self.rent_over(inventory, &settings, Some(&client));
            row(&name, CONNECTIONS, &https, Some(&plain));
        }
    }

    fn rent_over(&self, inventory: &Inventory, settings: &[(&str, &str)], tls: Option<&TlsConnector>) -> Measured {
        let server = Server::start_with(&self.copy(inventory), &self.push_url, settings);
        let load = |address, path: &str, wanted| Load {
            server: address,
            connections: CONNECTIONS,
            count: count(CONNECTIONS),
            wanted,
            requests: same(&post(path, &get_number(&[]))),
        };
        load(server.ceiling, "/ceiling", "SUCCESS").drive();
        let load = load(server.onlinesim, "/getNumberRent", "activationId");
        match tls {
            None => load.drive(),
            Some(tls) => load.drive_over(tls.clone(), ServerName::try_from(HOST).unwrap()),
        }
    }

    /// The settings of a server with a certificate of its own, and a client that trusts it.
    fn certificate(&self) -> ([(&'static str, String); 2], TlsConnector) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([HOST.to_owned()]).unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let settings = [
            ("LEASELINE_TLS__CERT", "cert.pem", certificate.pem()),
            ("LEASELINE_TLS__KEY", "key.pem", key.serialize_pem()),
        ]
        .map(|(name, file, text)| {
            let path = self.folder.join(file);
            std::fs::write(&path, text).unwrap();
            (name, path.display().to_string())
        });
        let mut roots = RootCertStore::empty();
        roots.add(certificate.der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.unwrap().with_root_certificates(roots).with_no_client_auth();
        (settings, TlsConnector::from(Arc::new(config)))
    }
}
