//! The lines of an archive.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use crate::domain::archive::{ArchiveBound, ArchiveContents, ArchivedRecord};
use crate::domain::ledger::{Balance, Transfer};
use crate::domain::money::Kopecks;
use crate::domain::time::Timestamp;
use crate::storage::json;

/// The version of the lines.
const FORMAT: u32 = 1;
/// What each line begins with.
const KIND: &str = "{\"kind\":\"";

/// A line.
pub(super) enum Line {
    /// The first one.
    Header,
    /// A record with its id, and what it adds to the contents.
    Record(ArchivedRecord, i64, ArchiveContents),
    /// The last one: how much the file contains.
    Trailer(ArchiveContents),
}

#[derive(Serialize, Deserialize)]
struct Header {
    kind: String,
    format: u32,
    before: String,
    program: String,
    written_at: i64,
}

/// The first line.
pub(super) fn header(bound: &ArchiveBound, now: Timestamp) -> String {
    json(&Header {
        kind: "header".to_owned(),
        format: FORMAT,
        before: bound.before.to_string(),
        program: concat!("leaseline ", env!("CARGO_PKG_VERSION")).to_owned(),
        written_at: now.as_ms(),
    })
}

#[derive(Serialize, Deserialize)]
struct Trailer {
    kind: String,
    operations: u64,
    messages: u64,
    events: u64,
    transfers: u64,
    reserved_kopecks: i64,
    posted_kopecks: i64,
    voided_kopecks: i64,
    reversed_kopecks: i64,
}

/// The last line.
pub(super) fn trailer(contents: &ArchiveContents) -> String {
    let Balance {
        reserved,
        posted,
        voided,
        reversed,
    } = contents.sums;
    json(&Trailer {
        kind: "trailer".to_owned(),
        operations: contents.operations,
        messages: contents.messages,
        events: contents.events,
        transfers: contents.transfers,
        reserved_kopecks: reserved.as_i64(),
        posted_kopecks: posted.as_i64(),
        voided_kopecks: voided.as_i64(),
        reversed_kopecks: reversed.as_i64(),
    })
}

impl Trailer {
    fn contents(&self) -> Option<ArchiveContents> {
        Some(ArchiveContents {
            operations: self.operations,
            messages: self.messages,
            events: self.events,
            transfers: self.transfers,
            sums: Balance {
                reserved: Kopecks::from_i64(self.reserved_kopecks)?,
                posted: Kopecks::from_i64(self.posted_kopecks)?,
                voided: Kopecks::from_i64(self.voided_kopecks)?,
                reversed: Kopecks::from_i64(self.reversed_kopecks)?,
            },
        })
    }
}

/// What is read of a record.
#[derive(Deserialize)]
struct Record {
    id: i64,
    #[serde(default)]
    transfers: Vec<TransferFields>,
    #[serde(default)]
    messages: Vec<IgnoredAny>,
    #[serde(default)]
    events: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct TransferFields {
    kind: String,
    kopecks: i64,
}

impl Line {
    /// Reads a line of this format; `None`: it is none.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (kind, _) = text.strip_prefix(KIND)?.split_once('"')?;
        let record = match kind {
            "header" => {
                let header: Header = serde_json::from_str(text).ok()?;
                return (header.format == FORMAT).then_some(Self::Header);
            }
            "trailer" => {
                let trailer: Trailer = serde_json::from_str(text).ok()?;
                return trailer.contents().map(Self::Trailer);
            }
            "operation" => ArchivedRecord::Operation,
            "message" => ArchivedRecord::Message,
            "event" => ArchivedRecord::Event,
            _ => return None,
        };
        let fields: Record = serde_json::from_str(text).ok()?;
        let count = |is: ArchivedRecord| u64::from(record == is);
        let contents = ArchiveContents {
            operations: count(ArchivedRecord::Operation),
            messages: count(ArchivedRecord::Message) + u64::try_from(fields.messages.len()).ok()?,
            events: count(ArchivedRecord::Event) + u64::try_from(fields.events.len()).ok()?,
            transfers: u64::try_from(fields.transfers.len()).ok()?,
            sums: sums(&fields.transfers)?,
        };
        Some(Self::Record(record, fields.id, contents))
    }
}

fn sums(transfers: &[TransferFields]) -> Option<Balance> {
    transfers.iter().try_fold(Balance::default(), |sums, transfer| {
        let kind = transfer.kind.parse().ok()?;
        let amount = Kopecks::from_i64(transfer.kopecks)?;
        Some(sums.with(Transfer { kind, amount }))
    })
}
