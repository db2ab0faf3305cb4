//! The limit of open files, which include connections.

use super::{CheckFinding, DoctorCheck, Subject};
use crate::http::server::{CONNECTIONS_MAX, OTHER_FILES, connections_within};
use crate::lifecycle::open_files::limit_max;

const CHECK: DoctorCheck = DoctorCheck::OpenFiles;
/// What the database takes, with its readers and its log.
const DATABASE_FILES: usize = 64;
/// With fewer connections a few clients are enough to evict others.
const CONNECTIONS_MIN: usize = 128;
const WHAT_TO_DO: &str =
    "raise it for the server: LimitNOFILE=20000 in its unit, --ulimit nofile=20000 for a container, `ulimit -n`";

/// The limit of the running server, by its metrics; without one, that which a server has when it is started as this command was.
pub(super) async fn check(subject: &Subject) -> Vec<CheckFinding> {
    let parallel = subject.config.push.parallel;
    let Some(server) = subject.server.running() else {
        return vec![assess(limit_max(), None, parallel)];
    };
    let metrics = server.metrics.as_deref();
    let value = |name: &str| metrics.and_then(|metrics| value_of(metrics, name));
    vec![match value("process_max_fds") {
        Some(limit) => assess(limit, value("process_open_fds"), parallel),
        None => CHECK.warning(
            "the running server refuses GET /metrics with admin.token, so its limit is not known",
            "start it again, or `systemctl reload leaseline`, so that it has this configuration",
        ),
    }]
}

/// The value in a line such as `process_max_fds 20000`.
fn value_of(metrics: &str, name: &str) -> Option<usize> {
    let line = metrics
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line?.split(['.', ' ']).next()?.parse().ok()
}

fn assess(limit: usize, open: Option<usize>, parallel: usize) -> CheckFinding {
    let each = connections_within(limit);
    let needed = 2 * each + parallel + DATABASE_FILES;
    let complete = 2 * CONNECTIONS_MAX + OTHER_FILES.max(parallel + DATABASE_FILES);
    let what = match open {
        Some(open) => format!("{open} of {limit} files are open"),
        None => format!("{limit} files may be open"),
    };
    if open.is_some_and(|open| open.saturating_mul(10) > limit.saturating_mul(9)) {
        return CHECK.wrong(format!("{what}: it is nearly out of them"), WHAT_TO_DO);
    }
    if each < CONNECTIONS_MIN || limit < needed {
        let what = format!("{what}: too few for {each} connections of each listener and push.parallel = {parallel}");
        return CHECK.wrong(what, WHAT_TO_DO);
    }
    if limit < complete {
        let what = format!("{what}: each listener has {each} connections instead of {CONNECTIONS_MAX}");
        return CHECK.warning(what, WHAT_TO_DO);
    }
    CHECK.ok(format!("{what}: enough for {each} connections of each listener"))
}

#[cfg(test)]
mod tests {
    use super::super::FindingState;
    use super::*;

    #[test]
    fn the_limit_has_to_hold_connections_pushes_and_the_database() {
        let state = |limit, open, parallel| assess(limit, open, parallel).state;
        assert_eq!(state(20_000, None, 64), FindingState::Ok);
        assert_eq!(state(16_640, Some(20), 64), FindingState::Ok);
        assert_eq!(state(16_639, None, 64), FindingState::Warning);
        assert_eq!(state(1_024, None, 64), FindingState::Warning);
        assert_eq!(state(1_024, None, 1_024), FindingState::Wrong, "pushes need files, too");
        assert_eq!(state(511, None, 64), FindingState::Wrong);
        assert_eq!(
            state(20_000, Some(18_001), 64),
            FindingState::Wrong,
            "nearly none is left"
        );
    }

    #[test]
    fn a_metric_is_found_by_its_whole_name() {
        let metrics =
            "# TYPE process_max_fds gauge\nprocess_max_fds_x 1\nprocess_max_fds 20000\nprocess_open_fds 17.0\n";
        assert_eq!(value_of(metrics, "process_max_fds"), Some(20_000));
        assert_eq!(value_of(metrics, "process_open_fds"), Some(17));
        assert_eq!(value_of(metrics, "process_none"), None);
    }
}
