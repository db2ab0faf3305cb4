//! The process, by the names that all programs use; without a prefix. Where `/proc` is missing, memory and files are 0.

use std::time::Duration;

use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::registry::Registry;
use rustix::process::{Resource, getrlimit};
use rustix::time::{ClockId, clock_gettime};

use super::series::{gauge, seconds};
use crate::domain::time::Timestamp;

/// As it is now.
pub(super) fn registry(started_at: Timestamp) -> Registry {
    let mut process = Registry::with_prefix("process");
    process.register(
        "cpu_seconds",
        "Time on processors",
        ConstCounter::new(processor_time().as_secs_f64()),
    );
    process.register(
        "resident_memory_bytes",
        "Memory in use",
        gauge(resident_bytes().unwrap_or(0)),
    );
    process.register("open_fds", "Open files, with connections", gauge(open_files()));
    let files_max = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    process.register("max_fds", "The most open files", gauge(files_max));
    process.register(
        "start_time_seconds",
        "When the server started",
        gauge(seconds(started_at)),
    );
    process
}

fn processor_time() -> Duration {
    let used = clock_gettime(ClockId::ProcessCPUTime);
    let (seconds, nanoseconds) = (u64::try_from(used.tv_sec), u32::try_from(used.tv_nsec));
    Duration::new(seconds.unwrap_or(0), nanoseconds.unwrap_or(0))
}

/// The line `VmRSS:     1234 kB`.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}

fn open_files() -> u64 {
    let files = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    // Without the folder itself.
    u64::try_from(files.saturating_sub(1)).unwrap_or(u64::MAX)
}
