//! HTTP out: what the clients of Onlinesim, of the wholesalers, of notifications and of the rehearsal share.
//!
//! No redirect is followed, because a key must not travel to where a redirect points, and no error has the URL in it, which
//! may hold a token.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder, Response};

const USER_AGENT: &str = concat!("leaseline/", env!("CARGO_PKG_VERSION"));

/// Why a body could not be read to its end.
#[derive(Debug)]
pub enum BodyError {
    /// It is larger than the bound.
    TooLarge,
    /// The connection broke, or the time was over.
    Broken(reqwest::Error),
}

/// A client whose exchanges take `timeout` at the most, from connecting to the last byte of the answer.
pub fn builder(timeout: Duration) -> ClientBuilder {
    // Fails when the process has a provider already.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "this is where HTTP clients are configured")]
    let builder = Client::builder();
    builder.user_agent(USER_AGENT).redirect(Policy::none()).timeout(timeout)
}

/// How a server on that address is called from this machine: one on the unspecified address over loopback.
#[must_use]
pub fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// The body, of `bytes_max` at the most (rule 12).
pub async fn read_body(mut response: Response, bytes_max: usize) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Broken)? {
        if body.len() + chunk.len() > bytes_max {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What went wrong: in a few words, with the innermost cause.
#[must_use]
pub fn describe(error: &reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    innermost(error).map_or_else(|| kind.to_owned(), |cause| format!("{kind}: {cause}"))
}

/// The innermost cause: the outer ones only mean that something failed.
#[must_use]
pub fn innermost(error: &(dyn Error + 'static)) -> Option<String> {
    let mut cause = error.source()?;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    Some(cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unspecified_address_is_called_over_loopback() {
        let asked = |listen: &str| reachable(listen.parse().unwrap()).to_string();
        assert_eq!(asked("0.0.0.0:8081"), "127.0.0.1:8081");
        assert_eq!(asked("[::]:8081"), "[::1]:8081");
        assert_eq!(asked("10.0.0.7:8081"), "10.0.0.7:8081");
    }
}
