//! Our own script, which a program runs for each SMS, put where the test wants it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::scenario::{Scenario, WAIT_MAX};

pub struct Script {
    path: PathBuf,
    spool: PathBuf,
}

impl Script {
    /// As it was printed, but with a spool of the test's own and a short pause between tries.
    pub fn install(scenario: &Scenario) -> Self {
        let (path, spool) = (scenario.folder().join("handler"), scenario.folder().join("spool"));
        let mut text = scenario.printed.script();
        for (start, line) in [
            ("SPOOL=", format!("SPOOL={}", spool.display())),
            ("PAUSE=", "PAUSE=1".to_owned()),
        ] {
            let old = text.lines().find(|old| old.starts_with(start)).expect(start).to_owned();
            text = text.replacen(&old, &line, 1);
        }
        std::fs::create_dir(&spool).unwrap();
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { path, spool }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns when nothing waits any more, and nothing was given up.
    pub async fn has_sent_all(&self) {
        let left = |name: &str| std::fs::read_dir(self.spool.join(name)).map_or(0, Iterator::count);
        let sent = async {
            while left("waiting") > 0 {
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(WAIT_MAX, sent).await.expect("the spool gets empty");
        assert_eq!((left("waiting"), left("refused")), (0, 0));
    }
}
