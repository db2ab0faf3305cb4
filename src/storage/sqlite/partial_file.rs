//! A file that is written under another name, and gets its own name when it is whole.

use std::fs::{self, File, Permissions, TryLockError};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{block_in_place, spawn_blocking};

use super::file::{MAGIC, MODE, family};

/// The file while it is written. It is removed when this is dropped; one that a killed process left is used again.
#[derive(Debug)]
pub(in crate::storage) struct PartialFile {
    path: PathBuf,
    /// Locked, so that no other process writes the same file.
    file: File,
    /// Its first name belongs to the next one.
    published: bool,
}

impl PartialFile {
    /// An empty file for a copy of a database, made beside the runtime's tasks.
    pub(in crate::storage) async fn of_database(path: &Path) -> io::Result<Option<Self>> {
        let path = path.to_owned();
        blocking(move || Self::create(&path, MAGIC)).await
    }

    /// An empty file, which only its owner reads and writes. What it will contain begins with `begin`: an unfinished one is
    /// written over, no other file is. `None`: another process writes it.
    pub(in crate::storage) fn create(path: &Path, begin: &[u8]) -> io::Result<Option<Self>> {
        refuse_others(path, begin)?;
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

    pub(in crate::storage) fn path(&self) -> &Path {
        &self.path
    }

    /// The same file, to write at its end.
    pub(in crate::storage) fn file(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Writes it to the disk, and gives it its name in one step; a file of that name is replaced.
    pub(in crate::storage) fn publish(mut self, target: &Path) -> io::Result<()> {
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
        // If that fails, the next process that writes it removes it.
        let remove = || family(&self.path).for_each(|left| drop(fs::remove_file(left)));
        match Handle::try_current().map(|runtime| runtime.runtime_flavor()) {
            // The disk may be slow, and the file is no longer this process's once it is not locked.
            Ok(RuntimeFlavor::MultiThread) => block_in_place(remove),
            _ => remove(),
        }
    }
}

/// Work on files, beside the tasks of the runtime: the disk may be slow.
pub(in crate::storage) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other).flatten()
}

/// What is written over was not finished: it is empty, or has that begin, or zeros where SQLite has not written it yet.
fn refuse_others(path: &Path, expected: &[u8]) -> io::Result<()> {
    let found = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        found => found?,
    };
    let is_unfinished = || {
        let mut begin = Vec::new();
        let read = File::open(path).and_then(|file| file.take(expected.len() as u64).read_to_end(&mut begin));
        read.is_ok() && (expected.starts_with(&begin) || begin.iter().all(|byte| *byte == 0))
    };
    match found.is_file() && (found.len() == 0 || is_unfinished()) {
        true => Ok(()),
        false => Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "it is not an unfinished file of leaseline, and is left as it is",
        )),
    }
}

/// Writes the names in the folder of that file to the disk.
pub(in crate::storage) fn sync_folder(file: &Path) -> io::Result<()> {
    File::open(folder_of(file))?.sync_all()
}

/// The folder of a file; `.` for a name alone.
pub(in crate::storage) fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}
