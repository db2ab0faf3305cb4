//! The client whose request is being served, for the events that are written meanwhile. It is a task-local variable, because it
//! decides nothing, and would otherwise be handed through every use case.

use std::future::Future;
use std::net::IpAddr;

tokio::task_local! {
    static CLIENT: IpAddr;
}

/// Runs the future; the admin's events that its task writes have this address.
pub async fn asked_by<F: Future>(client: IpAddr, served: F) -> F::Output {
    CLIENT.scope(client, served).await
}

/// The address of the client; `None`: there is none, as for a command.
pub(super) fn client() -> Option<String> {
    CLIENT.try_with(IpAddr::to_string).ok()
}
