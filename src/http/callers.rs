//! Who may call: only clients in the networks that the operator allows.

use axum::http::Extensions;

use super::auth_failures::ClientAddress;
use crate::domain::network::Networks;

/// A request came from outside the networks that may call. The text is the detail of a trouble.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the last from {0}")]
pub struct CallerRefused(String);

/// Refuses a request from outside these networks. Where there are none, everybody may call.
pub fn check(allowed: &Networks, request: &Extensions) -> Result<(), CallerRefused> {
    match ClientAddress::of(request) {
        None if allowed.is_empty() => Ok(()),
        None => Err(CallerRefused("no address".to_owned())),
        Some(ClientAddress(address)) if allowed.allow(address) => Ok(()),
        Some(ClientAddress(address)) => Err(CallerRefused(address.to_string())),
    }
}
