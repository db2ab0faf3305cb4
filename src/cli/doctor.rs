//! `leaseline doctor`: looks at everything that a server needs, beside a running server or without one.

use clap::Args;

use super::{CommandError, ConfigArguments, print};
use crate::clock::Clock;
use crate::config::process_environment;
use crate::doctor::{self, CheckFinding, FindingState};

/// The arguments of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArguments {
    /// Print a JSON array, with an object for each line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArguments,
}

/// Makes all checks and prints a line for each finding. A wrong configuration is a finding like others.
///
/// # Errors
/// Something is wrong, or standard output cannot be written.
pub async fn run(arguments: DoctorArguments) -> Result<(), CommandError> {
    let file = arguments.config.config.as_deref();
    let findings = doctor::examine(file, &process_environment(), &Clock::system()).await;
    print(&match arguments.json {
        true => as_json(&findings)?,
        false => findings.iter().map(|finding| format!("{finding}\n")).collect(),
    })?;
    let mut wrong: Vec<String> = findings
        .iter()
        .filter(|finding| finding.state == FindingState::Wrong)
        .map(|finding| finding.check.to_string())
        .collect();
    wrong.dedup();
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(CommandError::failed(format!("wrong: {}", wrong.join(", ")))),
    }
}

fn as_json(findings: &[CheckFinding]) -> Result<String, CommandError> {
    let json = serde_json::to_string_pretty(findings);
    json.map(|json| json + "\n")
        .map_err(|error| CommandError::failed(error.to_string()))
}
