//! A file whose bytes are hashed and counted while they are written or read.

use std::fs::File;
use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};

/// The file.
pub(super) struct Hashed {
    file: File,
    hash: Sha256,
    bytes: u64,
}

impl Hashed {
    pub(super) fn new(file: File) -> Self {
        let hash = Sha256::new();
        Self { file, hash, bytes: 0 }
    }

    fn note(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    }

    /// How many bytes there were, and their hash.
    pub(super) fn digest(self) -> (u64, [u8; 32]) {
        (self.bytes, self.hash.finalize().into())
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.note(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Read for Hashed {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(bytes)?;
        self.note(&bytes[..read]);
        Ok(read)
    }
}
