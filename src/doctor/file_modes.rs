//! Who may read the files with secrets.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::{CheckFinding, DoctorCheck, Subject};
use crate::app::tls::acme_settings;
use crate::config::has_secrets;
use crate::config::tls::CertificateSource;
use crate::storage::shared_with_others;

const CHECK: DoctorCheck = DoctorCheck::FileModes;
/// Permissions of group and others.
const OTHERS: u32 = 0o077;
/// The same without reading by the group.
const BEYOND_GROUP_READ: u32 = 0o037;
/// Writing by group and others.
const WRITE: u32 = 0o022;
/// What was created there may be removed by its owner only.
const STICKY: u32 = 0o1000;
/// How many files of the ACME folder are looked at: it has two for each authority.
const ACME_FILES_MAX: usize = 100;

/// The files of the configuration, the database, and the certificate.
pub(super) fn check(subject: &Subject) -> Vec<CheckFinding> {
    let config = &subject.config;
    let mut findings = Vec::new();
    if let Some(file) = subject.file.as_deref().filter(|file| has_secrets(file)) {
        findings.extend(secret(file));
    }
    findings.extend(config.storage.password_file.as_deref().and_then(secret));
    findings.extend(config.storage.client_key.as_deref().and_then(secret));
    findings.extend(subject.database.as_deref().and_then(database));
    findings.extend(subject.folder().as_deref().and_then(folder));
    match config.tls.source() {
        None => {}
        Some(CertificateSource::Files { key, .. }) => findings.extend(secret(key)),
        Some(CertificateSource::Acme(domains)) => {
            if let Some(database) = &subject.database {
                let settings = acme_settings(config, domains, database);
                let mut left = ACME_FILES_MAX;
                acme(&settings.folder, &mut left, &mut findings);
            }
        }
    }
    if findings.is_empty() {
        findings.push(CHECK.ok("only their owner reads the files with secrets"));
    }
    findings
}

fn mode(metadata: &Metadata) -> u32 {
    metadata.mode() & 0o7777
}

/// A file that an administrator may give to the server by its group: then it belongs to root.
fn secret(file: &Path) -> Option<CheckFinding> {
    let metadata = file.metadata().ok()?;
    let forbidden = if metadata.uid() == 0 { BEYOND_GROUP_READ } else { OTHERS };
    (mode(&metadata) & forbidden != 0).then(|| shared(file, "600"))
}

fn shared(file: &Path, right: &str) -> CheckFinding {
    let file = file.display();
    let what = format!("other users of this machine can read or change {file}, which holds secrets");
    CHECK.wrong(what, format!("chmod {right} {file}"))
}

/// The database's files, on one line: the log has the mode of the database, and comes and goes.
fn database(database: &Path) -> Option<CheckFinding> {
    let files = shared_with_others(database);
    let listed = |separator: &str| {
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        files.join(separator)
    };
    (!files.is_empty()).then(|| {
        let what = format!("other users of this machine can read or change {}", listed(", "));
        CHECK.wrong(what, format!("chmod 600 {}", listed(" ")))
    })
}

/// The folder of the database. Its files have modes of their own.
fn folder(folder: &Path) -> Option<CheckFinding> {
    let found = mode(&folder.metadata().ok()?);
    let shown = folder.display();
    if found & WRITE != 0 && found & STICKY == 0 {
        let what = format!("other users of this machine can replace files in {shown}, the folder of the database");
        return Some(CHECK.wrong(what, format!("chmod 700 {shown}")));
    }
    (found & OTHERS != 0).then(|| {
        let what =
            format!("other users of this machine can see which files are in {shown}, the folder of the database");
        CHECK.warning(what, format!("chmod 700 {shown}"))
    })
}

/// Account and certificate of an authority, with their keys.
fn acme(path: &Path, left: &mut usize, findings: &mut Vec<CheckFinding>) {
    let Ok(metadata) = path.symlink_metadata() else { return };
    if *left == 0 {
        return;
    }
    *left -= 1;
    if mode(&metadata) & OTHERS != 0 && !metadata.is_symlink() {
        findings.push(shared(path, if metadata.is_dir() { "700" } else { "600" }));
    }
    if metadata.is_dir() {
        let entries = path.read_dir().into_iter().flatten().flatten();
        entries.for_each(|entry| acme(&entry.path(), left, findings));
    }
}
