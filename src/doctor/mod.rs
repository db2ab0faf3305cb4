//! `leaseline doctor`: looks at everything that a server needs, beside a running server or without one.
//!
//! Each check is bounded in time and changes nothing; a file for timing the disk is deleted again. What is wrong is what keeps the
//! server from its work, or what it would report as a trouble. No secret, no text and no number is in a finding (rule 11).

mod certificate;
mod database;
mod disk;
mod file_modes;
mod finding;
mod gateways;
mod listeners;
mod onlinesim;
mod open_files;
mod server;
mod settings;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::timeout;

pub use self::finding::{CheckFinding, DoctorCheck, FindingState};
use self::server::ServerState;
use crate::clock::Clock;
use crate::config::Config;
use crate::storage::Database;

/// How long reading the configuration may take.
const CONFIG_TIMEOUT: Duration = Duration::from_secs(2);
/// How long what the other checks need may take.
const PREPARATION_TIMEOUT: Duration = Duration::from_secs(8);
/// How long the other checks may take, which run at the same time: all together take less than 30 s.
const CHECK_TIMEOUT: Duration = Duration::from_secs(16);
/// How long closing the database may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// What is not looked at without a file.
const NO_FILE: &str = "the database is on PostgreSQL: look at the machine of that";

/// What several checks need.
#[derive(Debug)]
struct Subject {
    config: Config,
    /// The configuration file.
    file: Option<PathBuf>,
    /// The database file, which may be missing; `None`: the database is on PostgreSQL.
    database: Option<PathBuf>,
    clock: Clock,
    server: ServerState,
}

impl Subject {
    /// The folder of the database; of a link, that of the file.
    fn folder(&self) -> Option<PathBuf> {
        let database = self.database.as_deref()?;
        Some(folder_of(&file_of(database)).to_owned())
    }
}

/// The file that a link leads to.
fn file_of(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Makes all checks for the configuration of that file and that environment, in the order of [`DoctorCheck`]. Takes less than 30 s.
pub async fn examine(file: Option<&Path>, environment: &[(String, String)], clock: &Clock) -> Vec<CheckFinding> {
    let (mut findings, loaded) = settings::check_within(CONFIG_TIMEOUT, file, environment).await;
    let Some((config, database)) = loaded else {
        let others = DoctorCheck::ALL.into_iter().skip(1);
        findings.extend(others.map(|check| check.skipped("not looked at, because the configuration cannot be used")));
        return findings;
    };
    // Not at the same time as the check of the database, which keeps the disk busy.
    let (server, speed, opened) = tokio::join!(
        server::state(&config),
        blocking(DoctorCheck::DiskSpeed, PREPARATION_TIMEOUT, {
            let database = database.clone();
            move || match database {
                Some(database) => disk::speed(&file_of(&database)),
                None => vec![DoctorCheck::DiskSpeed.skipped(NO_FILE)],
            }
        }),
        database::open(&config, PREPARATION_TIMEOUT),
    );
    let subject = Arc::new(Subject {
        config,
        file: file.map(Path::to_owned),
        database,
        clock: clock.clone(),
        server,
    });
    findings.extend(subject.server.findings());
    findings.extend(speed);
    findings.extend(all(&subject, opened.as_ref()).await);
    if let Ok(database) = opened {
        let _closed = timeout(CLOSE_TIMEOUT, database.close()).await;
    }
    findings.sort_by_key(|finding| finding.check);
    findings
}

/// The checks that do not depend on each other, at the same time.
async fn all(subject: &Arc<Subject>, opened: Result<&Database, &Vec<CheckFinding>>) -> Vec<CheckFinding> {
    let (space, modes, certificate) = (Arc::clone(subject), Arc::clone(subject), Arc::clone(subject));
    let (space, modes, certificate, database, gateways, onlinesim, listeners, open_files) = tokio::join!(
        blocking(DoctorCheck::DiskSpace, CHECK_TIMEOUT, move || disk::space(&space)),
        blocking(DoctorCheck::FileModes, CHECK_TIMEOUT, move || file_modes::check(&modes)),
        blocking(DoctorCheck::Certificate, CHECK_TIMEOUT, move || certificate::check(
            &certificate
        )),
        within(DoctorCheck::Database, database::check(opened)),
        within(DoctorCheck::Gateways, gateways::check(subject, opened.ok())),
        within(DoctorCheck::PushUrl, onlinesim::check(subject)),
        within(DoctorCheck::Listeners, listeners::check(subject)),
        within(DoctorCheck::OpenFiles, open_files::check(subject)),
    );
    [
        space,
        modes,
        certificate,
        database,
        gateways,
        onlinesim,
        listeners,
        open_files,
    ]
    .concat()
}

/// The findings of a check; that it took too long is one, too.
async fn within(check: DoctorCheck, work: impl Future<Output = Vec<CheckFinding>>) -> Vec<CheckFinding> {
    let done = timeout(CHECK_TIMEOUT, work).await;
    done.unwrap_or_else(|_| too_slow(check, CHECK_TIMEOUT))
}

/// The same for a check that waits for files. It goes on in its thread when it takes too long; the process does not wait for it.
async fn blocking(
    check: DoctorCheck,
    limit: Duration,
    work: impl FnOnce() -> Vec<CheckFinding> + Send + 'static,
) -> Vec<CheckFinding> {
    match timeout(limit, spawn_blocking(work)).await {
        Ok(Ok(findings)) => findings,
        Ok(Err(_)) => vec![check.failed()],
        Err(_) => too_slow(check, limit),
    }
}

fn too_slow(check: DoctorCheck, limit: Duration) -> Vec<CheckFinding> {
    let what = format!("it was not done in {} s", limit.as_secs());
    vec![check.wrong(what, "look at the disk and the network: one of them does not answer")]
}
