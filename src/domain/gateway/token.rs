//! The tokens of gateways: stored as hashes only.

use sha2::{Digest as _, Sha256};

use super::StoredAdapter;
use crate::domain::network::Networks;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;

/// SHA-256 of a gateway's token; the token itself is never stored.
pub type TokenHash = [u8; 32];

/// The hash by which a token is stored and compared, so the time of a comparison reveals nothing about the token.
#[must_use]
pub fn hash(token: &str) -> TokenHash {
    Sha256::digest(token.as_bytes()).into()
}

/// The gateway that has a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenOwner {
    /// The gateway.
    pub id: GatewayId,
    /// Its kind, and the settings of that.
    pub adapter: StoredAdapter,
    /// Whether its requests are accepted.
    pub enabled: bool,
    /// The networks that its requests come from; none: from everywhere.
    pub allow: Networks,
    /// Until when the token is valid; `None`: it is the current one.
    pub good_until: Option<Timestamp>,
}
