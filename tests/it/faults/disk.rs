//! A disk under the real binary that does as the test tells it: `shim.c`, loaded by LD_PRELOAD. No line of the server
//! knows of it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::time::Duration;

use crate::crash::process::Place;

pub const EIO: u32 = 5;
pub const ENOSPC: u32 = 28;
pub const EROFS: u32 = 30;

/// Compiled once per test run. A C compiler is there: SQLite is built with it.
static SHIM: LazyLock<PathBuf> = LazyLock::new(|| {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults/shim.c");
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("faults-{}.so", std::process::id()));
    let mut cc = Command::new("cc");
    // Compilers look for the assembler and the linker there.
    let path = std::env::var("PATH").unwrap_or_default();
    cc.env("PATH", format!("{path}:/usr/local/bin:/usr/bin:/bin"));
    cc.args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(&made)
        .arg(&source);
    let done = cc.output().expect("a C compiler");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let shim = made.with_file_name("faults.so");
    std::fs::rename(made, &shim).unwrap();
    shim
});

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
    /// What the disk was told, when that is written down.
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

    /// The same, and every write and sync is put down.
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
