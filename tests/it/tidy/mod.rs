//! The rooms of the house (section 5 of the design) and its rules that no compiler keeps, read off the source.

mod documents;
mod ignored;
mod source;

use std::collections::{BTreeMap, BTreeSet};

use source::{Source, all};

/// The most lines of a file.
const FILE_LINES_MAX: usize = 300;
/// The most lines of a handler's body.
const HANDLER_LINES_MAX: usize = 25;

/// Which room may use which paths of other rooms; nothing else. The rooms that only join the others are missing.
const ROOMS: [(&str, &[&str]); 13] = [
    ("domain", &[]),
    ("clock", &["domain"]),
    ("storage", &["domain"]),
    ("flow", &["domain", "storage", "clock"]),
    ("web", &["flow", "clock", "lifecycle", "telemetry", "domain"]),
    ("partner", &["flow", "domain", "web", "config::partner", "config::push"]),
    (
        "gateway",
        &[
            "flow",
            "domain",
            "web",
            "clock::parse_rfc3339",
            "partner::Limits",
            "config::gateway",
        ],
    ),
    // The text that tells how to connect a gateway is about what the adapters read.
    ("admin", &["flow", "domain", "web", "clock", "gateway::recipe"]),
    ("supplier", &["domain", "clock"]),
    ("worker", &["flow", "partner::push_sms", "supplier", "clock", "domain"]),
    ("lifecycle", &[]),
    ("telemetry", &["config"]),
    ("config", &["domain"]),
];

/// Rooms that join the others and may use all of them.
const JOINERS: [&str; 4] = ["app", "cli", "main", "lib"];

/// Which rooms may name a library; the others may not.
const LIBRARIES: [(&str, &[&str]); 4] = [
    ("sqlx", &["storage"]),
    ("axum", &["web", "partner", "gateway", "admin", "app", "cli"]),
    ("reqwest", &["partner", "supplier", "config", "cli"]),
    ("hyper", &["web", "cli"]),
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
fn each_room_uses_only_the_rooms_that_it_may() {
    let rooms: BTreeMap<&str, &[&str]> = ROOMS.into();
    let mut broken = Vec::new();
    for source in all().iter().filter(|source| !JOINERS.contains(&source.room.as_str())) {
        let Some(allowed) = rooms.get(source.room.as_str()) else {
            broken.push(format!("{}: no such room in section 5 of the design", source.path));
            continue;
        };
        for used in source.paths_of_the_crate() {
            let own = is_within(&used, &source.room);
            if !own && !allowed.iter().any(|path| is_within(&used, path)) {
                broken.push(format!("{} uses crate::{used}", source.path));
            }
        }
    }
    assert_none(&broken, "an arrow that section 5 of the design does not have");
}

#[test]
fn libraries_stay_in_their_rooms() {
    let mut broken = Vec::new();
    for source in all() {
        for (library, rooms) in LIBRARIES {
            if !rooms.contains(&source.room.as_str()) && source.names(library) {
                broken.push(format!("{} names {library}", source.path));
            }
        }
    }
    assert_none(&broken, "a library out of its room");
}

#[test]
fn the_domain_is_pure() {
    let mut broken = Vec::new();
    for source in all().iter().filter(|source| source.room == "domain") {
        for word in IMPURE.iter().filter(|word| source.names(word)) {
            broken.push(format!("{} names {word}", source.path));
        }
    }
    assert_none(&broken, "domain knows no database, no network, no clock");
}

#[test]
fn no_handler_touches_the_storage() {
    let doors = ["partner", "gateway", "admin", "web", "worker"];
    let broken: Vec<String> = all()
        .iter()
        .filter(|source| doors.contains(&source.room.as_str()) && source.code.contains("storage::"))
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
    let doors = ["partner", "gateway", "admin"];
    let mut broken = Vec::new();
    for source in all().iter().filter(|source| doors.contains(&source.room.as_str())) {
        for (name, lines) in source.async_functions() {
            if lines > HANDLER_LINES_MAX {
                broken.push(format!("{}: {name} has {lines} lines", source.path));
            }
        }
    }
    assert_none(&broken, "a handler has 25 lines at most");
}

#[test]
fn every_room_is_in_the_table() {
    let rooms: BTreeSet<String> = all().into_iter().map(|source| source.room).collect();
    let known: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).chain(JOINERS).collect();
    let unknown: Vec<String> = rooms
        .into_iter()
        .filter(|room| !known.contains(room.as_str()))
        .collect();
    assert_none(&unknown, "a room that section 5 of the design does not have");
}

/// The reader of the source itself: it must see what it is there to see.
#[test]
fn the_reader_sees_every_way_to_name_a_room() {
    let source = Source::new(
        "worker/pretend.rs",
        r#"
        //! crate::comment::is_none
        use crate::storage::{self, numbers::{load, save as store}};
        use crate::{
            flow::Flows, // crate::comment
            admin,
        };
        fn pass() { let _ = crate::partner::push_sms::Pusher::new("crate::text"); }
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
            "partner::push_sms::Pusher::new",
            "storage",
            "storage::numbers::load",
            "storage::numbers::save",
        ]
    );
    assert!(source.names("Pusher") && !source.names("Push") && !source.names("comment") && !source.names("text"));
}
