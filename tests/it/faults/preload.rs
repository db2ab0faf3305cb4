//! Libraries in C that change what the system does for the real binary, loaded by LD_PRELOAD. No line of the server knows
//! of them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles `tests/it/faults/NAME.c`. A C compiler is there: SQLite is built with it.
pub fn compiled(name: &str) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/faults/{name}.c"));
    let made = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.so", std::process::id()));
    let mut cc = Command::new("cc");
    // Compilers look for the assembler and the linker there.
    let path = std::env::var("PATH").unwrap_or_default();
    cc.env("PATH", format!("{path}:/usr/local/bin:/usr/bin:/bin"));
    cc.args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o"])
        .arg(&made)
        .arg(&source);
    let done = cc.output().expect("a C compiler");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let library = made.with_file_name(format!("{name}.so"));
    std::fs::rename(made, &library).unwrap();
    library
}
