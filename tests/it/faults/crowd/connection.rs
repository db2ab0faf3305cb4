//! Connections of slow and of usual clients.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use crate::crash::process::ServerClient;
use crate::support::certificates::{Authority, connect};

/// The address in the certificate of a server with HTTPS.
pub(super) const HOST: &str = "127.0.0.1";

/// A connection, with TLS or without.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Connects, and greets where the server's certificate is of that authority.
pub(super) async fn open(client: &ServerClient, authority: Option<&Authority>) -> std::io::Result<Box<dyn Stream>> {
    let Some(authority) = authority else {
        return Ok(Box::new(TcpStream::connect(client.host()).await?));
    };
    let tls = authority.client(rustls::ALL_VERSIONS, &["http/1.1"]);
    Ok(Box::new(connect(&tls, client.host().parse().unwrap(), HOST).await?))
}
