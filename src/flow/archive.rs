//! Archives: closed operations, and messages and events of none, are written to a file; what the file contains for certain is
//! removed from the database.
//!
//! The file is whole, synced and read back before the first row is removed. A record is removed only if it still is what the file
//! has: one that changed meanwhile stays, and goes into the next archive. So whenever this is stopped, each record is in the
//! database, in a file, or in both.

use std::path::Path;
use std::time::Duration;

use strum::VariantArray as _;

use super::fold_ledger::FOLDED_MAX;
use super::{Flows, StorageError};
use crate::domain::archive::{ArchiveBound, ArchiveContents, ArchiveTooLate, ArchivedRecord};
use crate::domain::day::Day;
use crate::storage::archive_file::{ArchiveFile, ArchiveFileError, ArchiveReader, ArchiveWriter};
use crate::storage::archives;
use crate::storage::archives::records::{self, RecordLine};

/// How many rows are read in one view of the database: none is held for long.
const PAGE_ROWS: u32 = 1_000;
/// The most records that one transaction removes: rentals wait for it.
const BATCH_MAX: usize = 50;
/// The most bytes of such records, unless the first alone has more.
const BATCH_BYTES_MAX: usize = 100_000;

/// Why nothing, or nothing more, was archived.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The day is too late.
    #[error(transparent)]
    TooLate(#[from] ArchiveTooLate),
    /// The file cannot be written or read.
    #[error(transparent)]
    File(#[from] ArchiveFileError),
    /// Another archive was begun after this one.
    #[error("another archive has begun: this one is ended")]
    Superseded,
    /// The database failed.
    #[error("storage.url: {0}")]
    Storage(StorageError),
}

impl ArchiveError {
    /// Whether the same call may succeed later.
    #[must_use]
    pub const fn is_unavailable(&self) -> bool {
        matches!(self, Self::Storage(error) if error.is_unavailable())
    }
}

/// The removal of what an archive contains, while it is under way.
pub struct ArchiveRemoval {
    /// How many records of the file were removed.
    pub removed: u64,
    /// How many were kept, because they are not any more what the file has.
    pub kept: u64,
    archive: i64,
    bound: ArchiveBound,
    records: ArchiveReader,
    /// Read from the file, and not removed yet: records of one kind.
    batch: Vec<RecordLine>,
    kind: ArchivedRecord,
    /// The record after the batch.
    next: Option<(ArchivedRecord, RecordLine)>,
}

impl Flows {
    /// Writes the file, which must not exist; nothing is removed. `None`: there is nothing to archive, and no file. What is not
    /// older than `age_min` is refused. Each page is reported to `progress`.
    pub async fn write_archive(
        &self,
        (before, age_min): (Day, Duration),
        file: &Path,
        mut progress: impl FnMut(&ArchiveContents),
    ) -> Result<Option<ArchiveFile>, ArchiveError> {
        let now = self.clock.now();
        let bound = ArchiveBound::new(before, self.policies.assignment.clock_tolerance, age_min, now)?;
        let mut writer = ArchiveWriter::create(file, bound, now)?;
        self.fold_all().await.map_err(ArchiveError::Storage)?;
        for record in ArchivedRecord::VARIANTS {
            let newest = records::newest(&mut self.database.read_for_admin().await?, *record).await?;
            let mut after = 0;
            // What is stored from now on is not old enough: the end does not move.
            while after < newest {
                let mut tx = self.database.read_for_admin().await?;
                let Some(to) = records::page_end(&mut tx, *record, after, PAGE_ROWS).await? else {
                    break;
                };
                for line in records::page(&mut tx, *record, &bound, (after, to)).await? {
                    writer.record(&line)?;
                }
                after = to;
                progress(writer.contents());
            }
        }
        Ok(writer.finish()?)
    }

    /// Only operations whose transfers are in the totals are archived. Transfers that come meanwhile are not of these.
    async fn fold_all(&self) -> Result<(), StorageError> {
        loop {
            match self.fold_ledger(1).await {
                Ok(folded) if folded < FOLDED_MAX.into() => return Ok(()),
                Ok(_) => {}
                // A server has folded them meanwhile.
                Err(error) if error.is_refused() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Begins the removal of what the file contains. It ends that of an earlier archive, if that was stopped.
    pub async fn begin_removal(&self, file: &ArchiveFile) -> Result<ArchiveRemoval, ArchiveError> {
        let mut records = file.records()?;
        let next = records.next_record()?;
        let mut tx = self.database.write().await?;
        let archive = archives::begin(&mut tx, file.bound.before, &file.sha256, self.clock.now()).await?;
        tx.commit().await?;
        Ok(ArchiveRemoval {
            removed: 0,
            kept: 0,
            archive,
            bound: file.bound,
            records,
            batch: Vec::new(),
            kind: ArchivedRecord::Operation,
            next,
        })
    }

    /// Removes the next records. Returns false when there are none, and the removal has ended; else call it again after a pause,
    /// also when it fails because the database is unavailable.
    pub async fn remove_archived(&self, removal: &mut ArchiveRemoval) -> Result<bool, ArchiveError> {
        removal.fill_batch()?;
        let mut tx = self.database.write().await?;
        if !archives::is_unfinished(&mut tx, removal.archive).await? {
            return Err(ArchiveError::Superseded);
        }
        if removal.batch.is_empty() {
            archives::finish(&mut tx, removal.archive, self.clock.now());
            tx.commit().await?;
            return Ok(false);
        }
        let ids: Vec<i64> = removal.batch.iter().map(|line| line.id).collect();
        let mut unchanged = records::with_ids(&mut tx, removal.kind, &removal.bound, &ids).await?;
        unchanged.retain(|line| removal.batch.contains(line));
        let ids: Vec<i64> = unchanged.iter().map(|line| line.id).collect();
        if !ids.is_empty() {
            archives::remove(&mut tx, removal.archive, removal.kind, &ids);
        }
        tx.commit().await?;
        removal.removed += count(&ids);
        removal.kept += count(&removal.batch) - count(&ids);
        removal.batch.clear();
        Ok(true)
    }
}

impl ArchiveRemoval {
    /// Reads the next batch from the file, unless there is one.
    fn fill_batch(&mut self) -> Result<(), ArchiveFileError> {
        if !self.batch.is_empty() {
            return Ok(());
        }
        let mut bytes = 0;
        while let Some((kind, line)) = self.next.take() {
            let is_full = self.batch.len() >= BATCH_MAX || bytes + line.text.len() > BATCH_BYTES_MAX;
            if !self.batch.is_empty() && (is_full || kind != self.kind) {
                self.next = Some((kind, line));
                break;
            }
            bytes += line.text.len();
            self.kind = kind;
            self.batch.push(line);
            self.next = self.records.next_record()?;
        }
        Ok(())
    }
}

fn count<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}
