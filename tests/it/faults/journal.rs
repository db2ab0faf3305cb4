//! The writes and syncs that `shim.c` recorded, and what the disk may hold after a power cut.

use std::path::Path;

use crate::crash::clients::Dice;

/// The head of a record: kind, file, offset, length.
const HEAD: usize = 24;
/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    Database,
    Log,
}

#[derive(Debug)]
enum What {
    Write {
        offset: usize,
        bytes: Vec<u8>,
    },
    /// What was put down before is durable, as far as it belongs to this file.
    Sync {
        covered: u64,
    },
    Truncate {
        length: usize,
    },
}

#[derive(Debug)]
struct Record {
    file: File,
    start: u64,
    end: u64,
    what: What,
}

pub struct Journal(Vec<Record>);

/// The two files after a power cut.
#[derive(Debug, Default)]
pub struct Image {
    pub database: Vec<u8>,
    pub log: Vec<u8>,
    /// Writes that no sync covered.
    pub unsynced: usize,
}

impl Journal {
    pub fn read(path: &Path) -> Self {
        let all = std::fs::read(path).unwrap();
        let mut records = Vec::new();
        let mut at = 0;
        while at + HEAD <= all.len() {
            let small = |from: usize| u32::from_le_bytes(all[at + from..at + from + 4].try_into().unwrap());
            let large = |from: usize| u64::from_le_bytes(all[at + from..at + from + 8].try_into().unwrap());
            let (kind, file, offset, length) = (small(0), small(4), large(8), usize::try_from(large(16)).unwrap());
            let end = at + HEAD + length;
            if end > all.len() {
                // The server was killed while this was put down.
                break;
            }
            let what = match kind {
                1 => What::Write {
                    offset: usize::try_from(offset).unwrap(),
                    bytes: all[at + HEAD..end].to_vec(),
                },
                2 => What::Sync { covered: offset },
                3 => What::Truncate {
                    length: usize::try_from(offset).unwrap(),
                },
                _ => panic!("no such record: {kind}"),
            };
            let file = match file {
                1 => Some(File::Database),
                2 => Some(File::Log),
                _ => None,
            };
            if let Some(file) = file {
                records.push(Record {
                    file,
                    start: at as u64,
                    end: end as u64,
                    what,
                });
            }
            at = end;
        }
        Self(records)
    }

    /// How often the log was begun anew from there on: after a checkpoint.
    pub fn restarts(&self, from: u64) -> usize {
        let begins = |record: &&Record| {
            record.start >= from && record.file == File::Log && matches!(record.what, What::Write { offset: 0, .. })
        };
        self.0.iter().filter(begins).count()
    }

    /// Where it ends.
    pub fn end(&self) -> u64 {
        self.0.last().expect("something was written").end
    }

    /// What the disk may hold when the power goes at that place: all that was synced, and of the rest what chance has
    /// it: whole, in part, in sectors of garbage, or not at all.
    pub fn image(&self, cut: u64, dice: &mut Dice) -> Image {
        let mut image = Image::default();
        for file in [File::Database, File::Log] {
            let of_file = || self.0.iter().filter(|record| record.file == file && record.start < cut);
            let covered = of_file()
                .filter(|record| record.end <= cut)
                .filter_map(|record| match record.what {
                    What::Sync { covered } => Some(covered),
                    _ => None,
                });
            let covered = covered.max().unwrap_or(0);
            let mut content = Vec::new();
            for record in of_file() {
                let certain = record.end <= covered;
                image.unsynced += usize::from(!certain && matches!(record.what, What::Write { .. }));
                match &record.what {
                    What::Sync { .. } => {}
                    What::Truncate { length } if certain || dice.roll(2) == 0 => content.truncate(*length),
                    What::Truncate { .. } => {}
                    What::Write { offset, bytes } if certain => write(&mut content, *offset, bytes),
                    What::Write { offset, bytes } => write_perhaps(&mut content, *offset, bytes, file, dice),
                }
            }
            match file {
                File::Database => image.database = content,
                File::Log => {
                    let tail = dice.roll(3) * dice.roll(10_000);
                    content.extend((0..tail).map(|_| garbage(dice)));
                    image.log = content;
                }
            }
        }
        image
    }
}

fn garbage(dice: &mut Dice) -> u8 {
    u8::try_from(dice.roll(256)).unwrap()
}

fn write(content: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if content.len() < end {
        content.resize(end, 0);
    }
    content[offset..end].copy_from_slice(bytes);
}

fn write_perhaps(content: &mut Vec<u8>, offset: usize, bytes: &[u8], file: File, dice: &mut Dice) {
    match dice.roll(4) {
        0 => {}
        1 => write(content, offset, bytes),
        fate => {
            for (sector, part) in bytes.chunks(SECTOR).enumerate() {
                let offset = offset + sector * SECTOR;
                match dice.roll(3) {
                    0 => {}
                    // The log has checksums; the file has none and needs none, because a page that is being written
                    // there lies in the log as well.
                    1 if fate == 2 && file == File::Log => {
                        let part: Vec<u8> = part.iter().map(|_| garbage(dice)).collect();
                        write(content, offset, &part);
                    }
                    _ => write(content, offset, part),
                }
            }
        }
    }
}
