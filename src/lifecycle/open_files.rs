//! The limit of open files, which include connections.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Assumed when there is no limit.
const UNLIMITED: u64 = 1 << 20;

/// Raises the limit as far as the system allows. A process often starts with 1024, for old programs that use `select`.
pub fn raise_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return;
    }
    let raised = Rlimit {
        current: maximum,
        maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%error, "the limit of open files could not be raised");
    }
}

/// As far as [`raise_limit`] can raise it for a process that is started like this one.
#[must_use]
pub fn limit_max() -> usize {
    let maximum = getrlimit(Resource::Nofile).maximum.unwrap_or(UNLIMITED);
    usize::try_from(maximum).unwrap_or(usize::MAX)
}

/// The current limit.
#[must_use]
pub fn limit() -> usize {
    let current = getrlimit(Resource::Nofile).current.unwrap_or(UNLIMITED);
    usize::try_from(current).unwrap_or(usize::MAX)
}
