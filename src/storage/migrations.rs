//! The files of `migrations/`, a folder for each database, built into the program.
//!
//! `migrations/build.rs` lists them. The macro of sqlx for this would build SQLite a second time, for the build script.

use std::sync::LazyLock;

use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// The name, without its extension, and the text of each file of a folder.
type Files = &'static [(&'static str, &'static str)];

const FILES: Files = include!(env!("MIGRATIONS"));
const POSTGRES_FILES: Files = include!(env!("POSTGRES_MIGRATIONS"));

/// All of SQLite, in their order.
pub(super) static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| migrator(FILES));

/// All of PostgreSQL, in their order.
pub(super) static POSTGRES_MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| migrator(POSTGRES_FILES));

fn migrator(files: Files) -> Migrator {
    Migrator::with_migrations(files.iter().map(migration).collect())
}

fn migration((name, sql): &(&'static str, &'static str)) -> Migration {
    let (number, description) = name
        .split_once('_')
        .expect("the name of a file is a number and a description");
    Migration::new(
        number.parse().expect("the number has digits only"),
        description.replace('_', " ").into(),
        MigrationType::Simple,
        SqlStr::from_static(sql),
        false,
    )
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The checksums, too: a file that the macro has migrated is up to date.
    #[tokio::test]
    async fn they_are_what_sqlx_reads_from_the_folders() {
        for (name, ours) in [("sqlite", &MIGRATIONS), ("postgres", &POSTGRES_MIGRATIONS)] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(name);
            let read = Migrator::new(folder.as_path()).await.unwrap();
            let parts = |migrator: &Migrator| -> Vec<_> {
                let all = migrator.iter();
                all.map(|one| (one.version, one.description.clone(), one.checksum.clone(), one.no_tx))
                    .collect()
            };
            assert_eq!(parts(ours), parts(&read), "{name}");
        }
    }
}
