//! The file of an archive: lines of JSON, compressed by gzip. The first line says what it is, the last one how much it contains, so
//! that a file that was cut off is recognised.
//!
//! It is written under another name, synced, and read back; only then it gets its name.

mod hashed;
mod lines;
mod reader;

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use self::hashed::Hashed;
use self::lines::{Line, header, trailer};
use super::archives::records::RecordLine;
use super::sqlite::backup::partial_name;
use super::sqlite::file::shown;
use super::sqlite::partial_file::{PartialFile, folder_of};
use crate::domain::archive::{ArchiveBound, ArchiveContents};
use crate::domain::time::Timestamp;

pub use self::reader::ArchiveReader;

/// Why there is no archive. Nothing was removed from the database, and no file of its name is left behind.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveFileError {
    /// There is something of that name.
    #[error("{0} exists, and an archive is always a new file: take another name")]
    Exists(String),
    /// Another process writes the same file.
    #[error("another archive is being written to {0}")]
    Running(String),
    /// The file cannot be written or read.
    #[error("{path}: {source}")]
    File {
        /// Its path.
        path: String,
        /// The system's error.
        source: io::Error,
    },
    /// What was read back is not what was written.
    #[error("{0} cannot be read back as it was written: take another disk")]
    Differs(String),
}

/// An archive that is being written. If it is dropped, its file is gone.
pub struct ArchiveWriter {
    target: PathBuf,
    bound: ArchiveBound,
    partial: PartialFile,
    output: GzEncoder<BufWriter<Hashed>>,
    contents: ArchiveContents,
}

/// The first bytes of a gzip file.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// An archive that was written and read back.
pub struct ArchiveFile {
    /// What may be in it.
    pub bound: ArchiveBound,
    /// How much is in it.
    pub contents: ArchiveContents,
    /// Its size.
    pub bytes: u64,
    /// Its hash.
    pub sha256: [u8; 32],
    path: String,
    file: File,
}

impl ArchiveWriter {
    /// Begins a file that will have that name, and that only its owner reads and writes.
    pub fn create(target: &Path, bound: ArchiveBound, now: Timestamp) -> Result<Self, ArchiveFileError> {
        refuse_existing(target)?;
        let name = partial_name(target);
        let created = PartialFile::create(&name, GZIP).map_err(|source| file_error(&name, source))?;
        let partial = created.ok_or_else(|| ArchiveFileError::Running(shown(&name)))?;
        let file = partial.file().map_err(|source| file_error(&name, source))?;
        let mut writer = Self {
            target: target.to_owned(),
            bound,
            partial,
            output: GzEncoder::new(BufWriter::new(Hashed::new(file)), Compression::default()),
            contents: ArchiveContents::default(),
        };
        writer.line(&header(&bound, now))?;
        Ok(writer)
    }

    fn line(&mut self, text: &str) -> Result<(), ArchiveFileError> {
        let mut write = || {
            self.output.write_all(text.as_bytes())?;
            self.output.write_all(b"\n")
        };
        write().map_err(|source| file_error(self.partial.path(), source))
    }

    /// Adds a record.
    pub fn record(&mut self, record: &RecordLine) -> Result<(), ArchiveFileError> {
        let Some(Line::Record(_, _, contents)) = Line::parse(&record.text) else {
            return Err(self.differs());
        };
        self.contents.add(&contents);
        self.line(&record.text)
    }

    /// How much it contains by now.
    #[must_use]
    pub const fn contents(&self) -> &ArchiveContents {
        &self.contents
    }

    fn differs(&self) -> ArchiveFileError {
        ArchiveFileError::Differs(shown(self.partial.path()))
    }

    /// Ends the file, reads it back from the disk, and gives it its name. `None`: it would contain nothing, and is gone.
    pub fn finish(mut self) -> Result<Option<ArchiveFile>, ArchiveFileError> {
        if self.contents.is_empty() {
            return Ok(None);
        }
        self.line(&trailer(&self.contents))?;
        let Self {
            target,
            bound,
            partial,
            output,
            contents,
        } = self;
        let failed = |source| file_error(partial.path(), source);
        let written = output.finish().and_then(|output| Ok(output.into_inner()?));
        let written = written.map_err(failed)?.digest();
        let synced = partial.file().and_then(|file| file.sync_all());
        synced.map_err(failed)?;
        let file = File::open(partial.path()).map_err(failed)?;
        let read = ArchiveReader::new(&shown(partial.path()), &file)?.read_all()?;
        if read != (contents, written) {
            return Err(ArchiveFileError::Differs(shown(partial.path())));
        }
        refuse_existing(&target)?;
        let path = shown(&target);
        partial.publish(&target).map_err(|source| file_error(&target, source))?;
        let (bytes, sha256) = written;
        Ok(Some(ArchiveFile {
            bound,
            contents,
            bytes,
            sha256,
            path,
            file,
        }))
    }
}

impl ArchiveFile {
    /// Its records, from the beginning.
    pub fn records(&self) -> Result<ArchiveReader, ArchiveFileError> {
        ArchiveReader::new(&self.path, &self.file)
    }
}

fn refuse_existing(target: &Path) -> Result<(), ArchiveFileError> {
    match target.symlink_metadata() {
        Ok(_) => Err(ArchiveFileError::Exists(shown(target))),
        Err(_) => Ok(()),
    }
}

fn file_error(path: &Path, source: io::Error) -> ArchiveFileError {
    let path = match source.kind() {
        // It is the folder that is missing.
        io::ErrorKind::NotFound => shown(folder_of(path)),
        _ => shown(path),
    };
    ArchiveFileError::File { path, source }
}

#[cfg(test)]
mod tests;
