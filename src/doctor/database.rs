//! The database: whether it can be used, and whether it is damaged.

use std::time::Duration;

use tokio::time::timeout;

use super::{CheckFinding, DoctorCheck};
use crate::app::settings;
use crate::config::Config;
use crate::storage::check::CheckPart;
use crate::storage::{Database, Error, StorageSettings};

const CHECK: DoctorCheck = DoctorCheck::Database;
/// How long it is looked for damage; `leaseline check` has no limit.
const DAMAGE_TIMEOUT: Duration = Duration::from_secs(10);

/// The database, if it can be used and is up to date. It is opened once: SQLite's locks end with any descriptor of the file.
pub(super) async fn open(config: &Config, limit: Duration) -> Result<Database, Vec<CheckFinding>> {
    // In a task of its own: a disk that does not answer blocks its thread.
    let opening = tokio::spawn(up_to_date(settings::storage(config)));
    let finding = match timeout(limit, opening).await {
        Ok(Ok(Ok(Ok(database)))) => return Ok(database),
        Ok(Ok(Ok(Err(pending)))) => CHECK.wrong(
            format!("it is not up to date: {pending} migrations are pending"),
            "back it up, then `leaseline migrate`",
        ),
        Ok(Ok(Err(error))) => CHECK.wrong(
            format!("storage.url: {error}"),
            match config.storage.url.is_postgres() {
                true => "see the options of [storage] and the log of PostgreSQL",
                false => "see the path in storage.url and who owns the file; `leaseline migrate` makes a new one",
            },
        ),
        Ok(Err(_)) => CHECK.failed(),
        Err(_) => CHECK.wrong(
            format!("it could not be opened in {} s", limit.as_secs()),
            "see which other program holds the file, and whether the disk answers",
        ),
    };
    Err(vec![finding])
}

/// The database, or how many migrations are pending.
async fn up_to_date(settings: StorageSettings) -> Result<Result<Database, usize>, Error> {
    let database = Database::open_existing(settings).await?;
    let pending = database.pending_migrations().await?;
    if pending == 0 {
        return Ok(Ok(database));
    }
    database.close().await;
    Ok(Err(pending))
}

/// Looks for damage, as `leaseline check` does.
pub(super) async fn check(opened: Result<&Database, &Vec<CheckFinding>>) -> Vec<CheckFinding> {
    let database = match opened {
        Ok(database) => database,
        Err(findings) => return findings.clone(),
    };
    let report = match database.check(Some(DAMAGE_TIMEOUT)).await {
        Ok(report) => report,
        Err(error) => {
            return vec![CHECK.wrong(format!("it could not be checked: {error}"), "try `leaseline check`")];
        }
    };
    let damage = |fault: &_| {
        CHECK.wrong(
            format!("it is damaged: {fault}"),
            "stop the server, keep a copy of the file, restore a backup (docs/backups.md)",
        )
    };
    let mut findings: Vec<CheckFinding> = report.faults.iter().map(damage).collect();
    let finished = listed(report.finished.iter().copied());
    if findings.is_empty() && !finished.is_empty() {
        findings.push(CHECK.ok(format!("no damage was found: {finished}")));
    }
    if !report.unfinished.is_empty() {
        let unfinished = listed(report.unfinished.iter().copied());
        let seconds = DAMAGE_TIMEOUT.as_secs();
        findings.push(CHECK.skipped(format!(
            "{seconds} s were too short for: {unfinished}; `leaseline check` takes its time"
        )));
    }
    findings
}

fn listed(parts: impl Iterator<Item = CheckPart>) -> String {
    let parts: Vec<String> = parts.map(|part| part.to_string()).collect();
    parts.join(", ")
}
