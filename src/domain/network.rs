//! Networks of IP addresses: who may call, and which proxies are believed.

use std::fmt;
use std::net::IpAddr;

use ipnet::IpNet;

/// The most networks in one list (rule 12).
pub const NETWORKS_MAX: usize = 1000;

/// Networks, in the order in which they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

/// Why a text is not a list of networks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNetworks {
    /// It is neither a network nor an address.
    #[error("{0:?} is not a network: write one such as 203.0.113.0/24, 2001:db8::/32 or 203.0.113.7")]
    Unreadable(String),
    /// It has bits of an address after the network's.
    #[error("{0} lies within a network: write {1}, or the address alone")]
    HostBits(IpNet, IpNet),
    /// There are too many.
    #[error("there are more than {NETWORKS_MAX} networks")]
    TooMany,
}

impl Networks {
    /// The networks of these texts; an address alone is a network of one.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<Self, InvalidNetworks> {
        let networks: Vec<IpNet> = texts.into_iter().map(network).collect::<Result<_, _>>()?;
        if networks.len() > NETWORKS_MAX {
            return Err(InvalidNetworks::TooMany);
        }
        Ok(Self(networks))
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the address is in one of them. An IPv4 address that is written as IPv6 is the same one.
    #[must_use]
    pub fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Whether an address may call where these networks may: everybody may where none is given.
    #[must_use]
    pub fn allow(&self, address: IpAddr) -> bool {
        self.is_empty() || self.contain(address)
    }

    /// Each of them, as [`Networks::parse`] reads it.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|network| match network {
            IpNet::V4(one) if one.prefix_len() == 32 => one.addr().to_string(),
            IpNet::V6(one) if one.prefix_len() == 128 => one.addr().to_string(),
            network => network.to_string(),
        })
    }
}

fn network(text: &str) -> Result<IpNet, InvalidNetworks> {
    let text = text.trim();
    let network = match text.parse::<IpAddr>() {
        Ok(address) => Some(address.to_canonical().into()),
        Err(_) => text.parse::<IpNet>().ok(),
    };
    let network = network.ok_or_else(|| InvalidNetworks::Unreadable(text.to_owned()))?;
    if network != network.trunc() {
        return Err(InvalidNetworks::HostBits(network, network.trunc()));
    }
    Ok(network)
}

impl fmt::Display for Networks {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts: Vec<String> = self.texts().collect();
        formatter.write_str(&texts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_list_has_the_addresses_of_its_networks() {
        let networks = Networks::parse(["203.0.113.0/24", " 2001:db8::/32", "192.0.2.7", "2001:db9::1"]).unwrap();
        for inside in [
            "203.0.113.255",
            "::ffff:203.0.113.1",
            "2001:db8:1::2",
            "192.0.2.7",
            "2001:db9::1",
        ] {
            assert!(networks.contain(address(inside)), "{inside}");
        }
        for outside in ["203.0.114.0", "192.0.2.8", "2001:db9::2", "::1", "127.0.0.1"] {
            assert!(
                !networks.contain(address(outside)) && !networks.allow(address(outside)),
                "{outside}"
            );
        }
        assert_eq!(
            networks.to_string(),
            "203.0.113.0/24, 2001:db8::/32, 192.0.2.7, 2001:db9::1"
        );
    }

    #[test]
    fn an_empty_list_allows_everybody_and_contains_nobody() {
        let none = Networks::parse([]).unwrap();
        assert!(none.allow(address("192.0.2.7")) && !none.contain(address("192.0.2.7")));
    }

    #[test]
    fn what_is_no_network_is_refused_with_an_example() {
        for text in ["", "example.org", "203.0.113.0/33", "203.0.113", "0.0.0.0/", "any"] {
            assert!(
                matches!(Networks::parse([text]), Err(InvalidNetworks::Unreadable(_))),
                "{text}"
            );
        }
        let error = Networks::parse(["10.1.2.3/8"]).unwrap_err();
        assert_eq!(
            error.to_string(),
            "10.1.2.3/8 lies within a network: write 10.0.0.0/8, or the address alone"
        );
        let many = std::iter::repeat_n("10.0.0.1", NETWORKS_MAX + 1);
        assert_eq!(Networks::parse(many), Err(InvalidNetworks::TooMany));
    }
}
