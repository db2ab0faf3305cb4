//! The files of `migrations/`, built into the program.
//!
//! `migrations/build.rs` lists them. The macro of sqlx for this would build SQLite a second time, for the build script.

use std::sync::LazyLock;

use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// The name, without its extension, and the text of each file.
const FILES: &[(&str, &str)] = include!(env!("MIGRATIONS"));

/// All of them, in their order.
pub(super) static MIGRATIONS: LazyLock<Migrator> =
    LazyLock::new(|| Migrator::with_migrations(FILES.iter().map(migration).collect()));

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
    async fn they_are_what_sqlx_reads_from_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let read = Migrator::new(folder.as_path()).await.unwrap();
        let parts = |migrator: &Migrator| -> Vec<_> {
            let all = migrator.iter();
            all.map(|one| (one.version, one.description.clone(), one.checksum.clone(), one.no_tx))
                .collect()
        };
        assert_eq!(parts(&MIGRATIONS), parts(&read));
    }
}
