//! A file that is written under another name, and gets its own name when it is whole.

use std::fs::{self, File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::file::{MODE, family};

/// The file while it is written. It is removed when this is dropped; one that a killed process left is used again.
#[derive(Debug)]
pub(super) struct PartialFile {
    path: PathBuf,
    /// Locked, so that no other process writes the same file.
    file: File,
    /// Its first name belongs to the next one.
    published: bool,
}

impl PartialFile {
    /// An empty file, which only its owner reads and writes. `None`: another process writes it.
    pub(super) fn create(path: &Path) -> io::Result<Option<Self>> {
        let file = File::options().create(true).append(true).mode(MODE).open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // The other process may have removed it before this one had the lock.
        if fs::metadata(path).ok().map(|found| found.ino()) != Some(file.metadata()?.ino()) {
            return Ok(None);
        }
        let path = path.to_owned();
        file.set_permissions(Permissions::from_mode(MODE))?;
        file.set_len(0)?;
        for left in family(&path).filter(|left| *left != path) {
            fs::remove_file(left)?;
        }
        Ok(Some(Self {
            path,
            file,
            published: false,
        }))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The same file, to write at its end.
    pub(super) fn file(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Writes it to the disk, and gives it its name in one step; a file of that name is replaced.
    pub(super) fn publish(mut self, target: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, target)?;
        self.published = true;
        sync_folder(target)
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if self.published {
            return;
        }
        for left in family(&self.path) {
            // If that fails, the next process that writes it removes it.
            let _left = fs::remove_file(left);
        }
    }
}

/// Writes the names in the folder of that file to the disk.
pub(super) fn sync_folder(file: &Path) -> io::Result<()> {
    File::open(folder_of(file))?.sync_all()
}

/// The folder of a file; `.` for a name alone.
pub(super) fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
