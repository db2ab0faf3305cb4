//! The modules of the server, which of them may use which, and other rules that no compiler keeps, read off the source.

mod documents;
mod ignored;
mod source;
mod text;
mod words;

use std::collections::BTreeMap;

use source::all;

/// The most lines of a file.
const FILE_LINES_MAX: usize = 300;
/// The most lines of a handler's body.
const HANDLER_LINES_MAX: usize = 25;

/// Modules that join the others and may use all of them, besides those that may use everything.
const ROOTS: [&str; 2] = ["main", "lib"];

/// The APIs and the workers: they call use cases, and nothing below.
const CALLERS: [&str; 5] = ["onlinesim", "gateway", "admin", "http", "worker"];

/// Which modules may name a library; the others may not.
const LIBRARIES: [(&str, &[&str]); 5] = [
    ("sqlx", &["storage"]),
    ("axum", &["http", "onlinesim", "gateway", "admin", "app", "rehearsal"]),
    (
        "reqwest",
        &[
            "http_client",
            "acme",
            "doctor",
            "onlinesim",
            "supplier",
            "notify",
            "config",
            "rehearsal",
            "cli",
        ],
    ),
    ("hyper", &["http", "acme", "rehearsal"]),
    ("lettre", &["notify", "config"]),
];

/// What `domain` never names: it is pure.
const IMPURE: [&str; 11] = [
    "sqlx",
    "axum",
    "reqwest",
    "tokio",
    "chrono",
    "hyper",
    "tracing",
    "rand",
    "SystemTime",
    "Instant",
    "async",
];

#[track_caller]
fn assert_none(broken: &[String], rule: &str) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}

fn is_within(path: &str, allowed: &str) -> bool {
    path.strip_prefix(allowed)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Which module may use which paths of other modules, as the table of `src/lib.rs` has it; `None`: all.
fn arrows() -> BTreeMap<String, Option<Vec<String>>> {
    let mut arrows = BTreeMap::new();
    let lib = include_str!("../../../src/lib.rs");
    for row in lib.lines().filter_map(|line| line.strip_prefix("//! | [`")) {
        let cells: Vec<&str> = row.split(" | ").collect();
        let [module, _, uses] = cells[..] else {
            panic!("a row has three cells: {row}")
        };
        let allowed = match uses.trim_end_matches(" |") {
            "everything" => None,
            "nothing" => Some(Vec::new()),
            paths => Some(paths.split(", ").map(str::to_owned).collect()),
        };
        arrows.insert(module.trim_end_matches("`]").to_owned(), allowed);
    }
    arrows.extend(ROOTS.map(|root| (root.to_owned(), None)));
    arrows
}

#[test]
fn each_module_uses_only_the_modules_that_it_may() {
    let arrows = arrows();
    let mut broken = Vec::new();
    for source in all() {
        let Some(allowed) = arrows.get(&source.module) else {
            broken.push(format!("{}: src/lib.rs does not have the module", source.path));
            continue;
        };
        let Some(allowed) = allowed else { continue };
        for used in source.paths_of_the_crate() {
            let own = is_within(&used, &source.module);
            if !own && !allowed.iter().any(|path| is_within(&used, path)) {
                broken.push(format!("{} uses crate::{used}", source.path));
            }
        }
    }
    assert_none(&broken, "an arrow that the table of src/lib.rs does not have");
}

/// A module shows only what is its own: a re-export would be an arrow that no import shows.
#[test]
fn no_module_re_exports_another() {
    let mut broken = Vec::new();
    for source in all() {
        let others = source.re_exports().into_iter();
        let others = others.filter(|path| !is_within(path, &source.module));
        broken.extend(others.map(|path| format!("{} re-exports crate::{path}", source.path)));
    }
    assert_none(&broken, "a module re-exports what belongs to another");
}

#[test]
fn use_cases_are_called_and_nothing_behind_them_is_reached() {
    let callers = all()
        .into_iter()
        .filter(|source| CALLERS.contains(&source.module.as_str()));
    let broken: Vec<String> = callers
        .flat_map(|source| {
            let path = source.path.clone();
            let fields = source.fields_of("flows").into_iter();
            fields
                .map(move |field| format!("{path} reads flows.{field}"))
                .collect::<Vec<_>>()
        })
        .collect();
    assert_none(&broken, "a use case is a method of Flows");
}

/// The partner waits for lists of a wholesaler, so the admin API calls it; what changes something there is stored first, and
/// called by the worker (rule 13).
#[test]
fn the_admin_api_only_reads_from_wholesalers() {
    let mut broken = Vec::new();
    for source in all().iter().filter(|source| source.module == "admin") {
        let code: String = source.code.split_whitespace().collect();
        let calls = code.split("client.").skip(1);
        let reads = |call: &&str| {
            ["abilities(", "as_ref(", "clone(", "search(", "owned("]
                .iter()
                .any(|read| call.starts_with(read))
        };
        broken.extend(calls.filter(|call| !reads(call)).map(|_| source.path.clone()));
    }
    assert_none(&broken, "a call that may change something at a wholesaler");
}

#[test]
fn libraries_stay_in_their_modules() {
    let mut broken = Vec::new();
    for source in all() {
        for (library, modules) in LIBRARIES {
            if !modules.contains(&source.module.as_str()) && source.names(library) {
                broken.push(format!("{} names {library}", source.path));
            }
        }
    }
    assert_none(&broken, "a library out of its module");
}

#[test]
fn the_domain_is_pure() {
    let mut broken = Vec::new();
    for source in all().iter().filter(|source| source.module == "domain") {
        for word in IMPURE.iter().filter(|word| source.names(word)) {
            broken.push(format!("{} names {word}", source.path));
        }
    }
    assert_none(&broken, "domain knows no database, no network, no clock");
}

#[test]
fn no_file_is_too_long() {
    let broken: Vec<String> = source::texts()
        .into_iter()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, lines)| *lines > FILE_LINES_MAX)
        .map(|(path, lines)| format!("{path} has {lines} lines"))
        .collect();
    assert_none(&broken, "a file has 300 lines at most");
}

#[test]
fn no_handler_is_too_long() {
    let apis = ["onlinesim", "gateway", "admin"];
    let mut broken = Vec::new();
    for source in all().iter().filter(|source| apis.contains(&source.module.as_str())) {
        for (name, lines) in source.async_functions() {
            if lines > HANDLER_LINES_MAX {
                broken.push(format!("{}: {name} has {lines} lines", source.path));
            }
        }
    }
    assert_none(&broken, "a handler has 25 lines at most");
}
