//! HTTPS by the server itself: handshakes, certificates that change, ACME, and who may call.

mod acme;
pub mod any_certificate;
pub mod authority;
mod callers;
mod handshake;
mod reload;

use std::path::PathBuf;

use tempfile::TempDir;

use crate::support::TestServer;
use crate::support::certificates::{Authority, DOMAIN, Pem, long};
use crate::support::wire::Listening;

/// The files of a certificate.
struct Files {
    folder: TempDir,
    cert: PathBuf,
    key: PathBuf,
}

impl Files {
    fn new(pem: &Pem) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = Self {
            cert: folder.path().join("cert.pem"),
            key: folder.path().join("key.pem"),
            folder,
        };
        files.write(pem);
        files
    }

    fn write(&self, pem: &Pem) {
        std::fs::write(&self.cert, &pem.certificate).unwrap();
        std::fs::write(&self.key, &pem.key).unwrap();
    }

    fn settings(&self) -> [(&'static str, String); 2] {
        let text = |path: &PathBuf| path.display().to_string();
        [("TLS__CERT", text(&self.cert)), ("TLS__KEY", text(&self.key))]
    }

    /// A server with these files.
    async fn server(&self) -> (TestServer, Listening) {
        let settings = self.settings();
        let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
        let server = TestServer::with(&settings).await;
        let listening = listening(&server).await;
        (server, listening)
    }
}

/// The listener for Onlinesim as production has it.
async fn listening(server: &TestServer) -> Listening {
    let transport = server.app().onlinesim_transport();
    Listening::start_with(transport, server.onlinesim_router()).await
}
