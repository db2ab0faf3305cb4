//! A disk under the real binary whose delays and errors the test chooses: `shim.c`.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use super::preload;
use crate::crash::process::Place;

pub const EIO: u32 = 5;
pub const ENOSPC: u32 = 28;
pub const EROFS: u32 = 30;

/// Compiled once per test run.
static SHIM: LazyLock<PathBuf> = LazyLock::new(|| preload::compiled("shim"));

/// What the disk does from now on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Orders {
    pub sync_delay: Duration,
    /// 0: none.
    pub write_errno: u32,
    pub sync_errno: u32,
}

/// The disk of a place.
pub struct Disk {
    control: PathBuf,
    /// Its writes and syncs, if they are recorded.
    pub journal: PathBuf,
}

impl Disk {
    /// Puts it under the servers that are started from now on.
    pub fn under(place: &mut Place) -> Self {
        let disk = Self {
            control: place.path("control"),
            journal: place.path("journal"),
        };
        place.set("LD_PRELOAD", SHIM.to_str().unwrap());
        place.set("FAULTS_CONTROL", disk.control.to_str().unwrap());
        disk
    }

    /// The same, and every write and sync is recorded.
    pub fn watched(place: &mut Place) -> Self {
        let disk = Self::under(place);
        place.set("FAULTS_JOURNAL", disk.journal.to_str().unwrap());
        disk
    }

    pub fn does(&self, orders: Orders) {
        let Orders {
            sync_delay,
            write_errno,
            sync_errno,
        } = orders;
        let text = format!("{} {write_errno} {sync_errno}\n", sync_delay.as_millis());
        let new = self.control.with_extension("new");
        std::fs::write(&new, text).unwrap();
        std::fs::rename(new, &self.control).unwrap();
    }

    pub fn is_well(&self) {
        self.does(Orders::default());
    }
}
