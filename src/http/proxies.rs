//! Whose address a request has: that of the connection, or the one that a proxy of ours saw.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName};

use super::auth_failures::ClientAddress;
use crate::domain::network::Networks;

/// The addresses through which a request came, the nearest one last: each proxy adds the one that called it.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The proxies whose `X-Forwarded-For` is believed. Clones share the list.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Arc<Networks>);

impl TrustedProxies {
    /// The proxies in these networks.
    #[must_use]
    pub fn new(networks: Networks) -> Self {
        Self(Arc::new(networks))
    }

    /// The client of a request: the last address on its way that is not a trusted proxy. What that one sent itself in the
    /// header is not looked at, because a client can write there what it likes. An IPv4 address is never written as IPv6.
    pub(super) fn client(&self, connected: ClientAddress, headers: &HeaderMap) -> ClientAddress {
        let mut client = connected.0.to_canonical();
        let lines = headers.get_all(FORWARDED_FOR).iter().rev();
        let mut hops = lines.flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        while self.0.contain(client) {
            // No more addresses, or no address: the last proxy that is known has to do.
            let Some(hop) = hops.next().and_then(address) else {
                break;
            };
            client = hop.to_canonical();
        }
        ClientAddress(client)
    }
}

/// An address, which some proxies write with a port.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(hop);
    bare.parse()
        .or_else(|_| hop.parse::<SocketAddr>().map(|address| address.ip()))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The client of a request that came from `connected` with these lines of the header.
    fn client(trusted: &[&str], connected: &str, lines: &[&str]) -> String {
        let proxies = TrustedProxies::new(Networks::parse(trusted.iter().copied()).unwrap());
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        let ClientAddress(client) = proxies.client(ClientAddress(connected.parse().unwrap()), &headers);
        client.to_string()
    }

    #[test]
    fn a_header_from_anybody_else_than_a_trusted_proxy_is_not_believed() {
        for trusted in [&[][..], &["10.0.0.0/8"]] {
            assert_eq!(client(trusted, "203.0.113.7", &["192.0.2.1"]), "203.0.113.7");
            assert_eq!(client(trusted, "::ffff:203.0.113.7", &[]), "203.0.113.7");
        }
    }

    #[test]
    fn the_client_is_the_last_address_that_is_not_a_trusted_proxy() {
        let trusted = ["10.0.0.0/8", "2001:db8::/32"];
        for (lines, expected) in [
            (&["203.0.113.7"][..], "203.0.113.7"),
            // A forged header: the proxy appended who sent it.
            (&["192.0.2.1, 203.0.113.7"], "203.0.113.7"),
            (&["10.9.9.9, 203.0.113.7"], "203.0.113.7"),
            (&["192.0.2.1", "203.0.113.7"], "203.0.113.7"),
            // Two proxies of ours, one after the other.
            (&["192.0.2.1, 203.0.113.7, 10.1.1.1"], "203.0.113.7"),
            (&["203.0.113.7", "2001:db8::2 , 10.1.1.1"], "203.0.113.7"),
            (&["203.0.113.7:4711"], "203.0.113.7"),
            (&["[2001:db9::7]:4711"], "2001:db9::7"),
            (&["[2001:db9::7]"], "2001:db9::7"),
            (&["::ffff:203.0.113.7"], "203.0.113.7"),
            // Requests of the proxies themselves, such as their look at /healthz.
            (&[], "10.0.0.1"),
            (&["10.2.2.2"], "10.2.2.2"),
            // Nothing behind what is no address counts.
            (&["203.0.113.7, unknown"], "10.0.0.1"),
            (&["203.0.113.7, unknown, 10.1.1.1"], "10.1.1.1"),
            (&["203.0.113.7,"], "10.0.0.1"),
            (&["\u{e9}"], "10.0.0.1"),
        ] {
            assert_eq!(client(&trusted, "10.0.0.1", lines), expected, "{lines:?}");
            assert_eq!(client(&trusted, "::ffff:10.0.0.1", lines), expected, "{lines:?}");
        }
    }
}
