//! The modules of the server, which of them may use which, and other rules that no compiler keeps, read off the source.

mod documents;
mod ignored;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use source::{Source, all};

/// The most lines of a file.
const FILE_LINES_MAX: usize = 300;
/// The most lines of a handler's body.
const HANDLER_LINES_MAX: usize = 25;

/// Which module may use which paths of other modules; nothing else. The modules that only join the others are missing.
const MODULES: [(&str, &[&str]); 14] = [
    ("domain", &[]),
    ("clock", &["domain"]),
    ("storage", &["domain"]),
    ("flow", &["domain", "storage", "clock"]),
    ("http", &["flow", "clock", "lifecycle", "telemetry", "domain"]),
    (
        "onlinesim",
        &["flow", "domain", "http", "config::onlinesim", "config::push"],
    ),
    (
        "gateway",
        &[
            "flow",
            "domain",
            "http",
            "clock::parse_rfc3339",
            "onlinesim::RequestLimits",
            "config::gateway",
        ],
    ),
    // The text that tells how to connect a gateway is about what the adapters read.
    ("admin", &["flow", "domain", "http", "clock", "gateway::setup"]),
    ("supplier", &["domain", "clock"]),
    (
        "worker",
        &["flow", "onlinesim::push_sms", "supplier", "clock", "domain"],
    ),
    ("rehearsal", &["lifecycle", "domain", "clock"]),
    ("lifecycle", &[]),
    ("telemetry", &["config"]),
    ("config", &["domain"]),
];

/// Rooms that join the others and may use all of them.
const JOINERS: [&str; 4] = ["app", "cli", "main", "lib"];

/// Which modules may name a library; the others may not.
const LIBRARIES: [(&str, &[&str]); 4] = [
    ("sqlx", &["storage"]),
    ("axum", &["http", "onlinesim", "gateway", "admin", "app", "rehearsal"]),
    ("reqwest", &["onlinesim", "supplier", "config", "rehearsal", "cli"]),
    ("hyper", &["http", "rehearsal"]),
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

#[test]
fn each_module_uses_only_the_modules_that_it_may() {
    let modules: BTreeMap<&str, &[&str]> = MODULES.into();
    let mut broken = Vec::new();
    for source in all().iter().filter(|source| !JOINERS.contains(&source.module.as_str())) {
        let Some(allowed) = modules.get(source.module.as_str()) else {
            broken.push(format!("{}: no such module in section 5 of the design", source.path));
            continue;
        };
        for used in source.paths_of_the_crate() {
            let own = is_within(&used, &source.module);
            if !own && !allowed.iter().any(|path| is_within(&used, path)) {
                broken.push(format!("{} uses crate::{used}", source.path));
            }
        }
    }
    assert_none(&broken, "an arrow that section 5 of the design does not have");
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
fn no_handler_touches_the_storage() {
    let apis = ["onlinesim", "gateway", "admin", "http", "worker"];
    let broken: Vec<String> = all()
        .iter()
        .filter(|source| apis.contains(&source.module.as_str()) && source.code.contains("storage::"))
        .map(|source| format!("{} names storage::", source.path))
        .collect();
    assert_none(&broken, "only flows use the storage");
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

#[test]
fn every_module_is_in_the_table() {
    let modules: BTreeSet<String> = all().into_iter().map(|source| source.module).collect();
    let known: BTreeSet<&str> = MODULES.iter().map(|(module, _)| *module).chain(JOINERS).collect();
    let unknown: Vec<String> = modules
        .into_iter()
        .filter(|module| !known.contains(module.as_str()))
        .collect();
    assert_none(&unknown, "a module that section 5 of the design does not have");
}

/// The reader of the source itself: it must see what it is there to see.
#[test]
fn the_reader_sees_every_way_to_name_a_module() {
    let source = Source::new(
        "worker/example.rs",
        r#"
        //! crate::comment::is_none
        use crate::storage::{self, numbers::{load, save as store}};
        use crate::{
            flow::Flows, // crate::comment
            admin,
        };
        fn pass() { let _ = crate::onlinesim::push_sms::Pusher::new("crate::text"); }
        pub(crate) fn other() { super::super::config::load(); }
        #[cfg(test)]
        mod tests { use crate::app::App; }
        "#,
    );
    let paths: Vec<String> = source.paths_of_the_crate().into_iter().collect();
    assert_eq!(
        paths,
        [
            "admin",
            "config::load",
            "flow::Flows",
            "onlinesim::push_sms::Pusher::new",
            "storage",
            "storage::numbers::load",
            "storage::numbers::save",
        ]
    );
    assert!(source.names("Pusher") && !source.names("Push") && !source.names("comment") && !source.names("text"));
}
