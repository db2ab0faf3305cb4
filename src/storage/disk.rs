//! The disk of the database.

use std::io;

use rustix::fs::statvfs;

use super::{Database, Error};
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
}
