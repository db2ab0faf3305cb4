//! `leaseline healthcheck`: checks the liveness of the server of this configuration, for containers without curl.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{CommandError, ConfigArguments};
use crate::http_client::reachable;

/// Longer than a running server takes, shorter than the timeout of an orchestrator.
const HEALTHCHECK_TIMEOUT: Duration = Duration::from_secs(3);

/// The beginning of the expected answer.
const EXPECTED: &[u8] = b"HTTP/1.1 200";

/// The arguments of `healthcheck`.
#[derive(Debug, Args)]
pub struct HealthcheckArguments {
    #[command(flatten)]
    config: ConfigArguments,
}

/// Succeeds when `GET /healthz` on the admin listener is answered with 200 in time.
///
/// # Errors
/// The configuration is wrong, there is no answer, or it is another one.
pub async fn run(arguments: HealthcheckArguments) -> Result<(), CommandError> {
    let address = reachable(arguments.config.load_offline()?.admin.listen);
    if address.port() == 0 {
        return Err(CommandError::failed(
            "admin.listen has port 0, so the port of the server is unknown",
        ));
    }
    match timeout(HEALTHCHECK_TIMEOUT, ask(address)).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => Err(CommandError::failed(format!(
            "http://{address}/healthz was not answered with 200"
        ))),
        Ok(Err(error)) => Err(CommandError::failed(format!("http://{address}/healthz: {error}"))),
        Err(_) => Err(CommandError::failed(format!(
            "http://{address}/healthz took longer than 3 s"
        ))),
    }
}

/// One request without an HTTP client: only the beginning of the first line matters.
async fn ask(address: SocketAddr) -> io::Result<bool> {
    let mut connection = TcpStream::connect(address).await?;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).await?;
    let mut beginning = [0; EXPECTED.len()];
    connection.read_exact(&mut beginning).await?;
    Ok(beginning == EXPECTED)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    async fn answered_with(answer: &'static [u8]) -> io::Result<bool> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            let mut request = [0; 12];
            connection.read_exact(&mut request).await.unwrap();
            connection.write_all(answer).await.unwrap();
            assert_eq!(&request, b"GET /healthz");
        });
        let result = ask(address).await;
        server.await.unwrap();
        result
    }

    #[tokio::test]
    async fn only_200_is_healthy() {
        assert!(answered_with(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap());
        assert!(
            !answered_with(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
                .await
                .unwrap()
        );
        assert!(answered_with(b"HTTP").await.is_err());
    }
}
