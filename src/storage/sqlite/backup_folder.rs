//! The folder of the backups that the server makes by itself.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::SqliteDatabase;
use super::backup::{BackUpError, Backup, file_error};
use super::partial_file::blocking;
use crate::domain::backup::{BackupSchedule, begun_at, file_name};
use crate::domain::time::Timestamp;

/// The name that a backup has in the folder until it is checked.
const PARTIAL: &str = "leaseline.partial";

/// A backup in the folder.
#[derive(Debug)]
pub struct FolderBackup {
    /// Its path.
    pub path: PathBuf,
    /// What it is.
    pub backup: Backup,
    /// The older ones that are too many and could not be deleted, with the reason.
    pub not_deleted: Vec<BackUpError>,
}

/// When the backups in the folder were begun. Files with other names, folders and links are not backups.
pub async fn backups_in(folder: &Path) -> Result<Vec<Timestamp>, BackUpError> {
    let listed = folder.to_owned();
    let made = blocking(move || list(&listed)).await;
    made.map_err(|source| BackUpError::File {
        path: folder.display().to_string(),
        source,
    })
}

fn list(folder: &Path) -> io::Result<Vec<Timestamp>> {
    let mut made = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if let Some(begun) = entry.file_name().to_str().and_then(begun_at)
            && entry.file_type().is_ok_and(|kind| kind.is_file())
        {
            made.push(begun);
        }
    }
    Ok(made)
}

/// Makes a backup that is begun at `now`, then deletes those that are too many.
pub async fn back_up_into(
    database: &SqliteDatabase,
    schedule: &BackupSchedule,
    now: Timestamp,
) -> Result<FolderBackup, BackUpError> {
    let folder = &schedule.folder;
    let path = folder.join(file_name(now));
    let backup = database.back_up(&path, &folder.join(PARTIAL)).await?;
    // The name has whole seconds.
    let newest = path.file_name().and_then(|name| name.to_str()).and_then(begun_at);
    let newest = newest.unwrap_or(now);
    let (made, mut not_deleted) = match backups_in(folder).await {
        Ok(made) => (made, Vec::new()),
        Err(error) => (Vec::new(), vec![error]),
    };
    for old in schedule.superfluous(&made, newest) {
        let (old, path) = (folder.join(file_name(old)), folder.join(file_name(old)));
        let deleted = blocking(move || fs::remove_file(path)).await;
        not_deleted.extend(deleted.err().map(|source| file_error(&old, source)));
    }
    Ok(FolderBackup {
        path,
        backup,
        not_deleted,
    })
}
