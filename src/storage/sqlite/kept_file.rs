//! The name under which a restore keeps the database that was there.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::file::{beside, family};
use super::partial_file::{folder_of, sync_folder};

/// What such names have after that of the database; a time follows.
const KEPT: &str = ".before-restore-";

/// The files of a database; its own comes last, so what has its second name has those of all.
const ENDINGS: [&str; 4] = ["-wal", "-shm", "-journal", ""];

/// The second name of a database whose restore stopped half-way: its log may have that name only.
pub(super) fn of_interrupted(target: &Path) -> Option<PathBuf> {
    let mut prefix = target.file_name()?.to_owned();
    prefix.push(KEPT);
    let entries = fs::read_dir(folder_of(target)).ok()?.filter_map(Result::ok);
    let is_prefixed = |name: &OsStr| name.as_encoded_bytes().starts_with(prefix.as_encoded_bytes());
    let named = entries.filter(|entry| is_prefixed(&entry.file_name()));
    named.map(|entry| entry.path()).find(|path| is_same(target, path))
}

/// A name that no file has, for a restore at that time.
pub(super) fn free(target: &Path, time: &str) -> PathBuf {
    let first = beside(target, &format!("{KEPT}{time}"));
    let next = (2..).map(|number: u32| beside(target, &format!("{KEPT}{time}-{number}")));
    let is_free = |name: &PathBuf| family(name).next().is_none();
    std::iter::once(first.clone())
        .chain(next)
        .find(is_free)
        .unwrap_or(first)
}

/// Gives the files of the database second names, those that have none yet, then removes the first ones but that of the database
/// itself, which is replaced. Returns whether there was a database.
pub(super) fn keep(target: &Path, kept: &Path) -> io::Result<bool> {
    let exists = |ending: &&str| beside(target, ending).exists();
    let found: Vec<&str> = ENDINGS.into_iter().filter(exists).collect();
    let mut linked = Vec::new();
    for ending in &found {
        let (first, second) = (beside(target, ending), beside(kept, ending));
        if is_same(&first, &second) {
            continue;
        }
        if let Err(error) = fs::hard_link(first, &second) {
            // A server can start on it again. What had that name before is not of this restore.
            for second in linked {
                let _left = fs::remove_file(second);
            }
            return Err(error);
        }
        linked.push(second);
    }
    sync_folder(target)?;
    for ending in found.iter().filter(|ending| !ending.is_empty()) {
        fs::remove_file(beside(target, ending))?;
    }
    Ok(found.contains(&""))
}

fn is_same(one: &Path, other: &Path) -> bool {
    let id = |path| fs::symlink_metadata(path).map(|found| (found.dev(), found.ino()));
    matches!((id(one), id(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_earlier_restore_kept_stays_when_the_next_one_fails() {
        let folder = tempfile::tempdir().unwrap();
        let (target, kept) = (folder.path().join("a.db"), folder.path().join("kept"));
        let write = |path: &Path, ending: &str, text: &str| fs::write(beside(path, ending), text).unwrap();
        write(&target, "", "new");
        write(&target, "-wal", "new log");
        write(&kept, "", "old");
        let refused = keep(&target, &kept).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read_to_string(&kept).unwrap(), "old");
        assert!(!beside(&kept, "-wal").exists() && beside(&target, "-wal").exists());
    }

    #[test]
    fn two_restores_in_the_same_second_have_two_names() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.db");
        for name in [
            "a.db.before-restore-x",
            "a.db.before-restore-x-2",
            "a.db.before-restore-x-3",
        ] {
            fs::write(&target, name).unwrap();
            let kept = free(&target, "x");
            assert_eq!(kept, folder.path().join(name));
            assert!(keep(&target, &kept).unwrap());
            assert_eq!(of_interrupted(&target), Some(kept));
            fs::remove_file(&target).unwrap();
            assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), name);
        }
        assert!(!keep(&target, &free(&target, "x")).unwrap());
    }

    #[test]
    fn a_restore_that_stopped_half_way_goes_on_under_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.db");
        let kept = free(&target, "x");
        fs::write(&target, "data").unwrap();
        fs::write(beside(&target, "-wal"), "log").unwrap();
        // The log is linked, or was moved already.
        fs::hard_link(&target, &kept).unwrap();
        fs::hard_link(beside(&target, "-wal"), beside(&kept, "-wal")).unwrap();
        for _ in 0..2 {
            assert_eq!(of_interrupted(&target), Some(kept.clone()));
            assert!(keep(&target, &kept).unwrap());
            assert!(!beside(&target, "-wal").exists());
            assert_eq!(fs::read_to_string(beside(&kept, "-wal")).unwrap(), "log");
        }
    }
}
