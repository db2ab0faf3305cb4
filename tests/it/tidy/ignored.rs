//! Which tests `cargo test` leaves out. It needs Rust and a C compiler, no other program; `.ci/run` has the programs and
//! runs what needs them.

use std::path::Path;

use super::assert_none;
use super::source::texts;

/// The modules of tests that `.ci/run` runs with `--ignored`.
const NEED_PROGRAMS: [&str; 2] = ["programs", "setup"];
/// What tests outside of these modules may start: the shell, the C compiler, and the program itself.
const PROGRAMS: [&str; 2] = ["/bin/sh", "cc"];

fn has_programs(path: &str) -> bool {
    NEED_PROGRAMS
        .iter()
        .any(|module| path.starts_with(&format!("tests/it/{module}/")))
}

#[test]
fn a_test_is_ignored_because_it_needs_a_program_or_takes_long() {
    let mut broken = Vec::new();
    for (path, text) in texts() {
        for reason in text.split("#[ignore").skip(1) {
            let reason = reason.lines().next().unwrap_or_default();
            let fits = if has_programs(&path) {
                reason.starts_with(" = \"needs ")
            } else {
                reason.starts_with(" = \"long")
            };
            if !fits && !path.ends_with("/tidy/ignored.rs") {
                broken.push(format!("{path}: {reason}"));
            }
        }
    }
    assert_none(&broken, "a test that .ci/run would not run");
    let run = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(".ci/run")).unwrap();
    let modules = NEED_PROGRAMS.map(|module| format!(" {module}::")).concat();
    assert!(run.contains(&format!("-- --ignored{modules}\n")), "{modules}");
}

#[test]
fn tests_start_no_other_program_than_the_c_compiler() {
    let mut broken = Vec::new();
    for (path, text) in texts().into_iter().filter(|(path, _)| !has_programs(path)) {
        for program in text.split("Command::new(\"").skip(1) {
            let program = program.split('"').next().unwrap_or_default();
            if !PROGRAMS.contains(&program) && !path.ends_with("/tidy/ignored.rs") {
                broken.push(format!("{path} starts {program}"));
            }
        }
    }
    assert_none(
        &broken,
        "a test that needs a program is ignored, with that reason, in one of the modules that .ci/run asks for",
    );
}
