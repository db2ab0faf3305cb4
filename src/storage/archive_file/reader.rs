//! Reads archives.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Seek as _};
use std::path::Path;

use flate2::read::GzDecoder;

use super::hashed::Hashed;
use super::lines::Line;
use super::{ArchiveFileError, file_error};
use crate::domain::archive::{ArchiveContents, ArchivedRecord};
use crate::storage::archives::records::RecordLine;

/// Reads the records of an archive. It is an error when the file ends without its last line, or contains something else than that says.
pub struct ArchiveReader {
    path: String,
    input: BufReader<GzDecoder<BufReader<Hashed>>>,
    contents: ArchiveContents,
    has_ended: bool,
}

impl ArchiveReader {
    /// Reads that file, of that name, from its beginning.
    pub(super) fn new(path: &str, file: &File) -> Result<Self, ArchiveFileError> {
        let path = path.to_owned();
        let file = file.try_clone().and_then(|mut file| file.rewind().map(|()| file));
        let file = file.map_err(|source| file_error(Path::new(&path), source))?;
        let input = BufReader::new(GzDecoder::new(BufReader::new(Hashed::new(file))));
        let mut reader = Self {
            path,
            input,
            contents: ArchiveContents::default(),
            has_ended: false,
        };
        match Line::parse(&reader.line()?) {
            Some(Line::Header) => Ok(reader),
            _ => Err(reader.differs()),
        }
    }

    fn differs(&self) -> ArchiveFileError {
        ArchiveFileError::Differs(self.path.clone())
    }

    /// The next line; an empty one at the end of the file.
    fn line(&mut self) -> Result<String, ArchiveFileError> {
        let mut line = String::new();
        match self.input.read_line(&mut line) {
            Ok(_) => Ok(line),
            // What the crate flate2 reports of a damaged file.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof
                ) =>
            {
                Err(self.differs())
            }
            Err(source) => Err(file_error(Path::new(&self.path), source)),
        }
    }

    /// The next record; `None`: the file has ended as it should.
    pub fn next_record(&mut self) -> Result<Option<(ArchivedRecord, RecordLine)>, ArchiveFileError> {
        if self.has_ended {
            return Ok(None);
        }
        let mut text = self.line()?;
        match Line::parse(&text) {
            Some(Line::Record(record, id, contents)) => {
                self.contents.add(&contents);
                text.truncate(text.trim_end().len());
                Ok(Some((record, RecordLine { id, text })))
            }
            Some(Line::Trailer(contents)) if contents == self.contents && self.line()?.is_empty() => {
                self.has_ended = true;
                Ok(None)
            }
            _ => Err(self.differs()),
        }
    }

    /// How much it contains, with the size and the hash of the file.
    pub(super) fn read_all(mut self) -> Result<(ArchiveContents, (u64, [u8; 32])), ArchiveFileError> {
        while self.next_record()?.is_some() {}
        let mut hashed = self.input.into_inner().into_inner();
        let rest = io::copy(&mut hashed, &mut io::sink());
        rest.map_err(|source| file_error(Path::new(&self.path), source))?;
        Ok((self.contents, hashed.into_inner().digest()))
    }
}
