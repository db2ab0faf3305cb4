//! In whose name changes are made.

use std::future::Future;
use std::net::IpAddr;

use crate::storage::audit;

/// Runs a use case of the admin's: its audit events have the address of the client that asked for it.
pub async fn asked_by<F: Future>(client: IpAddr, use_case: F) -> F::Output {
    audit::asked_by(client, use_case).await
}
