//! The disk of the database, and its files.

use std::io;
use std::path::PathBuf;

use rustix::fs::statvfs;

use super::{Database, Error, file};
use crate::domain::figures::FileSizes;
use crate::domain::trouble::DiskSpace;

impl Database {
    /// How much of the disk is free for this process. Blocks during the system call.
    pub fn disk_space(&self) -> Result<DiskSpace, Error> {
        let file = self.writer.file();
        let refused = |error| Error::unavailable("disk", io::Error::from(error).to_string());
        let disk = statvfs(file).map_err(refused)?;
        Ok(DiskSpace {
            free_bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
            total_bytes: disk.f_blocks.saturating_mul(disk.f_frsize),
        })
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
