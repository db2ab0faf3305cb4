//! Lists the files of each folder here for `src/storage/migrations.rs`, so that none is forgotten.
#![allow(clippy::print_stdout, reason = "cargo reads it")]

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=migrations");
    list("sqlite", "MIGRATIONS")?;
    list("postgres", "POSTGRES_MIGRATIONS")
}

/// Writes the list of the files of this folder, and names its place in this variable.
fn list(folder: &str, variable: &str) -> io::Result<()> {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let entries = fs::read_dir(all.join(folder))?.map(|entry| Ok(entry?.path()));
    let mut files = entries.collect::<io::Result<Vec<PathBuf>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    let list = files.iter().map(|file| {
        let name = file.file_stem().unwrap_or_default();
        format!("    ({name:?}, include_str!({file:?})),\n")
    });
    let place = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join(format!("{folder}.rs"));
    println!("cargo::rustc-env={variable}={}", place.display());
    fs::write(place, format!("&[\n{}]", list.collect::<String>()))
}
