//! How many files and connections this process may have open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What is assumed where there is no limit.
const UNLIMITED: u64 = 1 << 20;

/// Takes as many as the system gives without being asked by an administrator. The limit that a process starts with is
/// often 1024, for programs that are older than `poll`.
pub fn take_all() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return;
    }
    let wished = Rlimit {
        current: maximum,
        maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, wished) {
        tracing::warn!(%error, "the limit of open files stays as it is");
    }
}

/// How many there may be now.
#[must_use]
pub fn limit() -> usize {
    let current = getrlimit(Resource::Nofile).current.unwrap_or(UNLIMITED);
    usize::try_from(current).unwrap_or(usize::MAX)
}
