//! Checks a file.

use std::sync::atomic::Ordering;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, query};
use tokio::time::Instant;

use super::error::{DatabaseResult as _, is_damage, is_interrupted};
use super::{Error, SqliteDatabase};
use crate::storage::check::{CheckPart, CheckReport};
use crate::storage::driver::Row;

/// Virtual machine instructions of SQLite between two checks of the time.
const INSTRUCTIONS: i32 = 20_000;

impl SqliteDatabase {
    /// Checks the file on a connection of its own. Between two parts the log can be moved into the file.
    pub(in crate::storage) async fn check(&self, within: Option<Duration>) -> Result<CheckReport, Error> {
        let report = check_file(&self.readers.connect_options(), &CheckPart::OF_FILES, within).await?;
        if !report.faults.is_empty() {
            self.health.damaged.store(true, Ordering::Relaxed);
        }
        Ok(report)
    }
}

/// Checks these parts of a file.
pub(super) async fn check_file(
    options: &SqliteConnectOptions,
    parts: &[CheckPart],
    within: Option<Duration>,
) -> Result<CheckReport, Error> {
    let mut connection = SqliteConnection::connect_with(options).await.context("check")?;
    if let Some(within) = within {
        let end = Instant::now() + within;
        let mut handle = connection.lock_handle().await.context("check")?;
        handle.set_progress_handler(INSTRUCTIONS, move || Instant::now() < end);
    }
    let mut report = CheckReport::default();
    for part in parts {
        match query(part.statement().sqlite).fetch_all(&mut connection).await {
            Ok(rows) => {
                for row in rows {
                    report.faults.extend(part.fault(&Row::of_sqlite("check", row))?);
                }
                report.finished.push(*part);
            }
            Err(error) if is_interrupted(&error) => report.unfinished.push(*part),
            Err(error) if is_damage(&error) => report.faults.push(part.damaged(&error.to_string())),
            Err(error) => return Err(error).context("check"),
        }
    }
    connection.close().await.context("check")?;
    Ok(report)
}
