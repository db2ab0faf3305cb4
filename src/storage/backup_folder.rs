//! The folder of the backups that the server makes by itself.

use std::fs;
use std::path::{Path, PathBuf};

use super::Database;
use super::backup::{BackUpError, Backup, file_error};
use crate::domain::backup::{BackupSchedule, begun_at, file_name};
use crate::domain::time::Timestamp;

/// The name that a backup has in the folder until it is checked.
const PARTIAL: &str = "leaseline.partial";

/// When the backups in the folder were begun. Files with other names, folders and links are not backups.
pub fn backups_in(folder: &Path) -> Result<Vec<Timestamp>, BackUpError> {
    let failed = |source| BackUpError::File {
        path: folder.display().to_string(),
        source,
    };
    let mut made = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if let Some(begun) = entry.file_name().to_str().and_then(begun_at)
            && entry.file_type().is_ok_and(|kind| kind.is_file())
        {
            made.push(begun);
        }
    }
    Ok(made)
}

/// Makes a backup that is begun at `now`, then deletes those that are too many. Its path.
pub async fn back_up_into(
    database: &Database,
    schedule: &BackupSchedule,
    now: Timestamp,
) -> Result<(PathBuf, Backup), BackUpError> {
    let folder = &schedule.folder;
    let path = folder.join(file_name(now));
    let backup = database.back_up(&path, &folder.join(PARTIAL)).await?;
    // The name has whole seconds.
    let newest = path.file_name().and_then(|name| name.to_str()).and_then(begun_at);
    let newest = newest.unwrap_or(now);
    for old in schedule.superfluous(&backups_in(folder)?, newest) {
        let old = folder.join(file_name(old));
        fs::remove_file(&old).map_err(|source| file_error(&old, source))?;
    }
    Ok((path, backup))
}
