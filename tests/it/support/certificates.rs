//! Certificates of an authority of the tests, and TLS clients that trust it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use leaseline::domain::time::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::test_server::START;

/// The domain of most certificates.
pub const DOMAIN: &str = "numbers.example.org";

/// Signs certificates.
#[derive(Clone)]
pub struct Authority {
    issuer: Arc<Issuer<'static, KeyPair>>,
    /// Its own certificate, as PEM.
    pub root: String,
}

/// A certificate with those that signed it, and its key, as PEM.
pub struct Pem {
    pub certificate: String,
    pub key: String,
}

/// Seconds since 1970.
fn seconds_of(time: Timestamp) -> i64 {
    time.as_ms() / 1000
}

/// From when until when a certificate is valid: also today, whenever that is.
pub fn long() -> (Timestamp, Timestamp) {
    let day = |text| leaseline::clock::parse_rfc3339(text).unwrap();
    (day("2020-01-01T00:00:00Z"), day("2120-01-01T00:00:00Z"))
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "the tests' authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(2200, 1, 1);
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Arc::new(Issuer::new(params, key)),
            root,
        }
    }

    /// Its own certificate, in a file there.
    pub fn root_file(&self, folder: &Path) -> PathBuf {
        let path = folder.join("authority.pem");
        std::fs::write(&path, &self.root).unwrap();
        path
    }

    /// A certificate for these domains or addresses.
    pub fn certificate(&self, names: &[&str], (from, until): (Timestamp, Timestamp)) -> Pem {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        set_validity(&mut params, from, until);
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Pem {
            certificate,
            key: key.serialize_pem(),
        }
    }

    /// What a request for a certificate asks for.
    pub fn sign(&self, request: &[u8], (from, until): (Timestamp, Timestamp)) -> String {
        let mut request = CertificateSigningRequestParams::from_der(&request.to_vec().into()).unwrap();
        set_validity(&mut request.params, from, until);
        request.signed_by(&self.issuer).unwrap().pem()
    }

    /// A client that trusts it, speaks these versions and offers these protocols; for it, it is [`START`].
    pub fn client(&self, versions: &[&'static SupportedProtocolVersion], protocols: &[&str]) -> TlsConnector {
        #[derive(Debug)]
        struct AtStart;
        impl TimeProvider for AtStart {
            fn current_time(&self) -> Option<UnixTime> {
                let start = leaseline::clock::parse_rfc3339(START).unwrap();
                let seconds = u64::try_from(seconds_of(start)).unwrap();
                Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
            }
        }
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(self.root.as_bytes()).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_details(provider, Arc::new(AtStart))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
        TlsConnector::from(Arc::new(config))
    }

    /// A connection of such a client to [`DOMAIN`] at that address.
    pub async fn connect(&self, address: SocketAddr) -> std::io::Result<TlsStream<TcpStream>> {
        let client = self.client(rustls::ALL_VERSIONS, &["h2", "http/1.1"]);
        connect(&client, address, DOMAIN).await
    }
}

fn set_validity(params: &mut CertificateParams, from: Timestamp, until: Timestamp) {
    let epoch = date_time_ymd(1970, 1, 1);
    let at = |time: Timestamp| epoch + Duration::from_secs(u64::try_from(seconds_of(time)).unwrap());
    (params.not_before, params.not_after) = (at(from), at(until));
}

/// Connects and greets.
pub async fn connect(client: &TlsConnector, address: SocketAddr, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    client.connect(name, stream).await
}

/// The first certificate that a server sent.
pub fn certificate_of(stream: &TlsStream<TcpStream>) -> Vec<u8> {
    let (_, connection) = stream.get_ref();
    connection.peer_certificates().unwrap()[0].to_vec()
}

/// The same of a PEM text.
pub fn first_of(pem: &str) -> Vec<u8> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
}
