//! The disk of the database: how fast and how full it is.

use std::path::Path;
use std::time::Duration;

use super::{CheckFinding, DoctorCheck, NO_FILE, Subject, folder_of};
use crate::app::settings::trouble_limits;
use crate::storage::SLOW_COMMIT;
use crate::storage::sqlite::disk::{space_at, sync_time};

/// Each rental waits for a sync: slower ones are noticed by Onlinesim.
const SLUGGISH_SYNC: Duration = Duration::from_millis(100);

/// How long a sync takes. A commit that takes longer than [`SLOW_COMMIT`] is a trouble of a server.
pub(super) fn speed(database: &Path) -> Vec<CheckFinding> {
    let check = DoctorCheck::DiskSpeed;
    let shown = folder_of(database).display();
    let finding = match sync_time(database) {
        Err(error) => check.wrong(
            format!("{shown} cannot be written: {error}"),
            "run this command as the user of the server; the folder has to exist and to belong to that user",
        ),
        Ok(took) if took > SLOW_COMMIT => check.wrong(
            format!("a sync takes {} ms in {shown}", took.as_millis()),
            "the disk is busy or failing: move the database to another one",
        ),
        Ok(took) if took > SLUGGISH_SYNC => check.warning(
            format!(
                "a sync takes {} ms in {shown}, and each rental waits for one",
                took.as_millis()
            ),
            "see what else uses the disk, or move the database to a faster one",
        ),
        Ok(took) => check.ok(format!("a sync takes {:.1} ms in {shown}", took.as_secs_f64() * 1000.0)),
    };
    vec![finding]
}

/// How much is free, by the limits of the trouble `disk_low`.
pub(super) fn space(subject: &Subject) -> Vec<CheckFinding> {
    let check = DoctorCheck::DiskSpace;
    let Some(folder) = subject.folder() else {
        return vec![check.skipped(NO_FILE)];
    };
    let finding = match space_at(&folder) {
        Err(error) => check.wrong(
            format!("the disk of {} cannot be looked at: {error}", folder.display()),
            "make the folder of storage.url, or correct that option",
        ),
        Ok(disk) => {
            let (mib, percent) = (disk.free_bytes >> 20, disk.free_percent());
            let what = format!("{mib} MiB, {percent} % of the disk of {}, are free", folder.display());
            match disk.is_low(trouble_limits(&subject.config).disk) {
                true => check.wrong(
                    what,
                    "make room, or lower troubles.disk_free_bytes_min and troubles.disk_free_percent_min",
                ),
                false => check.ok(what),
            }
        }
    };
    vec![finding]
}
