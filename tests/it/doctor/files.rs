//! The disk, the database, and who may read the files.

use std::time::Duration;

use super::report::{Setup, chmod};
use crate::crash::commands::sql;
use crate::faults::disk::{Disk, Orders};

#[tokio::test]
async fn a_slow_and_a_full_disk_are_named() {
    let mut setup = Setup::new().await;
    let disk = Disk::under(&mut setup.place);
    disk.does(Orders {
        sync_delay: Duration::from_millis(1_100),
        ..Orders::default()
    });
    setup.examine().await.is_wrong("disk_speed", "a sync takes 1");
    disk.does(Orders {
        sync_delay: Duration::from_millis(150),
        ..Orders::default()
    });
    setup.examine().await.is_a_warning("disk_speed", "a sync takes 1");
    disk.is_well();
    setup
        .place
        .set("LEASELINE_TROUBLES__DISK_FREE_BYTES_MIN", "1000000000000000000");
    setup.examine().await.is_wrong("disk_space", "% of the disk of /");
}

#[tokio::test]
async fn a_database_that_is_missing_old_or_damaged_is_named() {
    let setup = Setup::new().await;
    sql(&setup.place.file(), "UPDATE pools SET free = free + 1").await;
    let report = setup.examine().await;
    report.is_wrong("database", "it is damaged: the counters of pool 1 are wrong");

    std::fs::remove_file(setup.place.file()).unwrap();
    let report = setup.examine().await;
    report.is_wrong("database", "there is no file");
    assert_eq!(report.state("gateways"), "skipped");
    assert!(!setup.place.file().exists(), "it is not made");

    setup.write("leaseline.db", "", 0o600);
    setup.examine().await.is_wrong("database", "migrations are pending");
    setup.write("leaseline.db", "number,gateway\n", 0o600);
    setup
        .examine()
        .await
        .is_wrong("database", "is not a database of leaseline");
}

#[tokio::test]
async fn files_that_others_can_read_are_named() {
    let setup = Setup::new().await;
    let bad = |setup: &Setup, name: &str, mode: u32| {
        chmod(&setup.path(name), mode);
        format!(
            "other users of this machine can read or change {}",
            setup.path(name).display()
        )
    };
    let modes = [
        ("leaseline.toml", 0o644),
        ("leaseline.toml", 0o660),
        ("leaseline.db", 0o640),
        ("leaseline.db", 0o604),
    ];
    for (name, mode) in modes {
        let what = bad(&setup, name, mode);
        let report = setup.examine().await;
        report.is_wrong("file_modes", &what);
        assert_eq!(report.lines("file_modes"), 1);
        chmod(&setup.path(name), 0o600);
    }
    setup.examine().await.is_well();
    // Without secrets everybody may read it.
    setup.write("leaseline.toml", "push.age_max = \"12h\"\n", 0o644);
    assert_eq!(setup.examine().await.state("file_modes"), "ok");

    chmod(&setup.path(""), 0o755);
    let report = setup.examine().await;
    report.is_a_warning("file_modes", "can see which files are in");
    report.is_well();
    chmod(&setup.path(""), 0o777);
    setup.examine().await.is_wrong("file_modes", "can replace files in");
    chmod(&setup.path(""), 0o700);
}
