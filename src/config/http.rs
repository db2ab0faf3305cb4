//! `[http]`: what both listeners share.

use serde::{Deserialize, Serialize};

use super::text;
use crate::domain::network::Networks;

/// Both listeners.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HttpConfig {
    /// The proxies whose `X-Forwarded-For` is believed.
    #[serde(default, with = "text::networks", skip_serializing_if = "Networks::is_empty")]
    pub trusted_proxies: Networks,
}
