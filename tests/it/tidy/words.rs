//! The words of the source: those of a dialect that it once had stay out, and a type has a name of its own.

use std::collections::BTreeMap;

use super::assert_none;
use super::documents::documents;
use super::source::{all, texts};

/// Words that stood for something that HTTP, SQL or telephony has a word for, in identifiers, comments and documents; each with
/// its standard term. They are looked for below `src/`, in `docs/` and in the README.
const OLD_WORDS: [(&str, &str); 43] = [
    ("anew", "again"),
    ("bell", "wakeup"),
    ("bells", "wakeups"),
    ("breath", "timeout"),
    ("deed", "audit event"),
    ("deeds", "audit events"),
    ("farewell", "closing help"),
    ("foresaw", "prefetched"),
    ("foresee", "prefetch"),
    ("foreseen", "prefetched"),
    ("forgive", "ignore"),
    ("heard", "received"),
    ("houses", "servers"),
    ("knock", "call"),
    ("knocks", "calls"),
    ("legible", "valid"),
    ("mend", "repair"),
    ("mended", "repaired"),
    ("mends", "repairs"),
    ("moments", "times"),
    ("ornaments", "separators"),
    ("rooms", "modules"),
    ("rung", "notified"),
    ("said", "reported"),
    ("seat", "slot"),
    ("seats", "slots"),
    ("shelf", "available numbers"),
    ("shelves", "available numbers"),
    ("starve", "expire"),
    ("starved", "expired"),
    ("starves", "expires"),
    ("starving", "expiring"),
    ("takeable", "allocatable"),
    ("told", "reported, configured"),
    ("trips", "round trips"),
    ("undertaker", "watchdog"),
    ("verb", "use case"),
    ("verbs", "use cases"),
    ("verdict", "decision"),
    ("whoever", "the caller, the client"),
    ("wish", "request"),
    ("wished", "requested"),
    ("wishes", "requests"),
];

/// The words of a text: identifiers are split at underscores and capitals.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in line.chars() {
        if !character.is_alphabetic() || (was_lower && character.is_uppercase()) {
            words.push(String::new());
        }
        was_lower = character.is_lowercase();
        if let (true, Some(word)) = (character.is_alphabetic(), words.last_mut()) {
            word.extend(character.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[test]
fn no_word_of_the_old_dialect() {
    let old = BTreeMap::from(OLD_WORDS);
    let mut broken = Vec::new();
    let source = texts().into_iter().filter(|(path, _)| path.starts_with("src/"));
    for (path, text) in source.chain(documents()) {
        for (index, line) in text.lines().enumerate() {
            let found = words(line).into_iter();
            let found = found.filter_map(|word| old.get_key_value(word.as_str()));
            broken.extend(found.map(|(word, term)| format!("{path}:{}: {word} ({term})", index + 1)));
        }
    }
    assert_none(&broken, "a word that needs a glossary");
}

#[test]
fn every_public_type_has_a_name_of_its_own() {
    let mut paths: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in all() {
        for name in source.public_types() {
            paths.entry(name).or_default().push(source.path.clone());
        }
    }
    let twice = paths.iter().filter(|(_, paths)| paths.len() > 1);
    let broken: Vec<String> = twice
        .map(|(name, paths)| format!("{name}: {}", paths.join(", ")))
        .collect();
    assert_none(&broken, "one name stands for one type");
}

#[test]
fn identifiers_are_split_into_words() {
    assert_eq!(
        words("let no_wish = RoomState::Full; // a1"),
        ["let", "no", "wish", "room", "state", "full", "a"]
    );
}
