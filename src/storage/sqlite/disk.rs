//! The disk of the database, and its files.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::statvfs;
use tempfile::Builder;

use super::{Error, SqliteDatabase, file};
use crate::domain::figures::FileSizes;
use crate::domain::trouble::DiskSpace;

/// How often a sync is timed: the median of an odd number is one of them.
const SYNCS: usize = 5;
/// No further sync is timed after this time.
const SYNCS_MAX: Duration = Duration::from_secs(3);
/// What is written before each sync: a page of the database.
const PAGE: [u8; 4096] = [0; 4096];

impl SqliteDatabase {
    /// How much of the disk is free for this process. Blocks during the system call.
    pub fn disk_space(&self) -> Result<DiskSpace, Error> {
        space_at(self.writer.file())
    }

    /// The sizes of its files; 0 for one that is not there. Blocks during the system calls.
    #[must_use]
    pub fn file_sizes(&self) -> FileSizes {
        let size = |path: PathBuf| path.metadata().map_or(0, |file| file.len());
        // SQLite finds the log beside the file that a link leads to.
        let path = self.writer.file();
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        FileSizes {
            log: size(file::beside(&path, "-wal")),
            database: size(path),
        }
    }
}

/// How much of the disk of that file or folder is free for this process. Blocks during the system call.
pub fn space_at(path: &Path) -> Result<DiskSpace, Error> {
    let disk = statvfs(path).map_err(|error| unavailable(error.into()))?;
    Ok(DiskSpace {
        free_bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
        total_bytes: disk.f_blocks.saturating_mul(disk.f_frsize),
    })
}

/// How long the disk of that database takes to make a page durable, as each commit has it do: the median of a few syncs of a new
/// file beside it, which is deleted. The database may be missing. Blocks for as long.
pub fn sync_time(database: &Path) -> Result<Duration, Error> {
    let prefix = file::beside(database, "-sync-");
    let folder = prefix.parent().filter(|folder| *folder != Path::new(""));
    let name = prefix.file_name().unwrap_or_default();
    let file = Builder::new()
        .prefix(name)
        .tempfile_in(folder.unwrap_or(Path::new(".")));
    let mut file = file.map_err(unavailable)?;
    let (begun, mut syncs) = (Instant::now(), Vec::new());
    while syncs.len() < SYNCS && begun.elapsed() < SYNCS_MAX {
        let before = Instant::now();
        let synced = file.write_all(&PAGE).and_then(|()| file.as_file().sync_data());
        synced.map_err(unavailable)?;
        syncs.push(before.elapsed());
    }
    syncs.sort_unstable();
    Ok(syncs.get(syncs.len() / 2).copied().unwrap_or_default())
}

fn unavailable(error: io::Error) -> Error {
    Error::unavailable("disk", error.to_string())
}
