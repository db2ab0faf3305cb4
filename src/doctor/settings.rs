//! The configuration, each fault a line.

use std::path::{self, Path, PathBuf};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::{CheckFinding, DoctorCheck, FindingState};
use crate::config::{Config, ConfigError};
use crate::storage;

const CHECK: DoctorCheck = DoctorCheck::Config;
/// What is wrong with the configuration, and the configuration with the path of its database, if that is a file, if other checks can
/// use it.
type Checked = (Vec<CheckFinding>, Option<(Config, Option<PathBuf>)>);

const WHAT_TO_DO: &str = "correct it; `leaseline config default` explains every option";

fn check(file: Option<&Path>, environment: &[(String, String)]) -> Checked {
    let faults = Config::faults(file, environment.iter().cloned());
    let mut findings: Vec<CheckFinding> = faults.iter().map(wrong).collect();
    if findings.is_empty() {
        findings.push(CHECK.ok(valid(file, environment)));
    }
    // What is missing to serve does not keep the others from being looked at.
    let Ok(config) = Config::load_for_upkeep(file, environment.iter().cloned()) else {
        return (findings, None);
    };
    if config.storage.url.is_postgres() {
        return (findings, Some((config, None)));
    }
    match storage::path_of(config.storage.url.expose()) {
        // The report may be read in another folder.
        Ok(database) => {
            let database = path::absolute(&database).unwrap_or(database);
            (findings, Some((config, Some(database))))
        }
        Err(error) => {
            findings.retain(|finding| finding.state == FindingState::Wrong);
            findings.push(CHECK.wrong(error.to_string(), WHAT_TO_DO));
            (findings, None)
        }
    }
}

/// Looks at the configuration; the disk of its file may not answer.
pub(super) async fn check_within(limit: Duration, file: Option<&Path>, environment: &[(String, String)]) -> Checked {
    let (file, environment) = (file.map(Path::to_owned), environment.to_vec());
    let checking = spawn_blocking(move || check(file.as_deref(), &environment));
    match timeout(limit, checking).await {
        Ok(Ok(checked)) => checked,
        Ok(Err(_)) => (vec![CHECK.failed()], None),
        Err(_) => (
            vec![CHECK.wrong("the file could not be read in time", "see whether its disk answers")],
            None,
        ),
    }
}

fn wrong(fault: &ConfigError) -> CheckFinding {
    CHECK.wrong(fault.to_string(), WHAT_TO_DO)
}

fn valid(file: Option<&Path>, environment: &[(String, String)]) -> String {
    let variables = environment.iter().filter(|(name, _)| name.contains("__")).count();
    match file {
        Some(file) => format!(
            "{} and {variables} variables of the environment are valid",
            file.display()
        ),
        None => format!("no file; {variables} variables of the environment are valid"),
    }
}
