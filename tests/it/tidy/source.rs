//! Reads the files of `src/` as far as the rules about modules need it: no comments, no texts, no tests.

use std::collections::BTreeSet;
use std::path::Path;

use super::text::{bare, closing, without_tests};

/// One file of the source.
pub struct Source {
    /// Below `src/`.
    pub path: String,
    /// The top-level module that it belongs to.
    pub module: String,
    /// How deep below `src/` its items live: 1 for `clock.rs` and `http/mod.rs`, 2 for `http/health.rs`.
    depth: usize,
    /// Without comments, texts and test modules.
    pub code: String,
}

/// All files of the source that are not tests.
pub fn all() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    assert!(files.len() > 50, "the source was not found under {}", root.display());
    files
}

/// The whole text of each file of the source and of the tests, with its path below the crate.
pub fn texts() -> Vec<(String, String)> {
    fn collect(root: &Path, directory: &Path, texts: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(root, &path, texts);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let below = path.strip_prefix(root).unwrap().to_str().unwrap();
                texts.push((below.to_owned(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    for directory in ["src", "tests", "benches"] {
        collect(root, &root.join(directory), &mut texts);
    }
    texts
}

fn collect(root: &Path, directory: &Path, files: &mut Vec<Source>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        let is_test = name == "tests" || name.ends_with("_tests");
        if is_test {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let below = path.strip_prefix(root).unwrap().to_str().unwrap();
            files.push(Source::new(below, &std::fs::read_to_string(&path).unwrap()));
        }
    }
}

impl Source {
    pub fn new(path: &str, text: &str) -> Self {
        let parts: Vec<&str> = path.trim_end_matches(".rs").split('/').collect();
        let is_module = parts.last() == Some(&"mod");
        Self {
            path: path.to_owned(),
            module: parts[0].to_owned(),
            depth: parts.len() - usize::from(is_module),
            code: without_tests(&bare(text)),
        }
    }

    /// Whether the code has that word, as a whole.
    pub fn names(&self, word: &str) -> bool {
        words(&self.code).any(|(_, found)| found == word)
    }

    /// Every path below `crate` that the code names, by `crate::`, by `super::` or in a group.
    pub fn paths_of_the_crate(&self) -> BTreeSet<String> {
        self.paths(|_| true)
    }

    /// Every path below `crate` that the code makes its own: `pub use`, `pub(crate) use`, `pub type`.
    pub fn re_exports(&self) -> BTreeSet<String> {
        self.paths(|before| {
            let statement = before.rsplit([';', '}', ']']).next().unwrap_or_default().trim_start();
            let is_use = statement.ends_with("use ") || statement.contains("type ");
            statement.starts_with("pub") && is_use
        })
    }

    /// What is read of a variable or a field of that name, other than by a call.
    pub fn fields_of(&self, name: &str) -> Vec<String> {
        let mut fields = Vec::new();
        for (at, _) in self.code.match_indices(name) {
            let before = self.code[..at].chars().next_back();
            let Some(rest) = self.code[at + name.len()..].trim_start().strip_prefix('.') else {
                continue;
            };
            let rest = rest.trim_start();
            let field: String = rest.chars().take_while(|character| is_word(*character)).collect();
            let is_call = rest[field.len()..].starts_with(['(', ':']);
            if !is_call && !before.is_some_and(is_word) {
                fields.push(field);
            }
        }
        fields
    }

    /// The types that can be named outside of this file.
    pub fn public_types(&self) -> Vec<String> {
        let words: Vec<&str> = words(&self.code).map(|(_, word)| word).collect();
        let is_kind = |word: &str| ["struct", "enum", "trait", "type", "union"].contains(&word);
        let is_public = |words: &[&str]| matches!(words, [.., "pub"] | [.., "pub", "crate" | "self" | "super"]);
        (1..words.len().saturating_sub(1))
            .filter(|at| {
                is_kind(words[*at]) && is_public(&words[..*at]) && words[at + 1].starts_with(char::is_uppercase)
            })
            .map(|at| words[at + 1].to_owned())
            .collect()
    }

    fn paths(&self, counts: impl Fn(&str) -> bool) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        let up = "super::".repeat(self.depth);
        for root in ["crate::", up.as_str()] {
            for (at, _) in self.code.match_indices(root) {
                let before = self.code[..at].chars().next_back();
                if before.is_none_or(|before| !is_word(before) && before != ':') && counts(&self.code[..at]) {
                    expand("", &self.code[at + root.len()..], &mut paths);
                }
            }
        }
        // Deeper than the crate's root nothing is: `super::super::x` of a shallow file is `super::x` of its parent.
        paths.retain(|path| !path.starts_with("super"));
        paths
    }

    /// The async functions, each with the lines of its body.
    pub fn async_functions(&self) -> Vec<(String, usize)> {
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices("async fn ") {
            let rest = &self.code[at + "async fn ".len()..];
            let name: String = rest.chars().take_while(|character| is_word(*character)).collect();
            let Some(open) = rest.find(['{', ';']) else { continue };
            if rest[open..].starts_with('{') {
                let body = &rest[open..open + closing(&rest[open..])];
                found.push((name, body.lines().count().saturating_sub(2)));
            }
        }
        found
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.split(|character| !is_word(character))
        .filter(|word| !word.is_empty())
        .enumerate()
}

/// Adds the paths that a tree such as `storage::{self, numbers::load as l}` names.
fn expand(prefix: &str, tree: &str, paths: &mut BTreeSet<String>) {
    let tree = tree.trim_start();
    let join = |name: &str| {
        if prefix.is_empty() {
            name.to_owned()
        } else {
            format!("{prefix}::{name}")
        }
    };
    if tree.starts_with('{') {
        let group = &tree[1..closing(tree) - 1];
        let mut depth = 0_usize;
        let parts = group.split(|character| {
            match character {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            character == ',' && depth == 0
        });
        for part in parts.filter(|part| !part.trim().is_empty()) {
            expand(prefix, part, paths);
        }
        return;
    }
    let name: String = tree.chars().take_while(|character| is_word(*character)).collect();
    match (name.as_str(), tree[name.len()..].strip_prefix("::")) {
        // `*`, `self`, a generic argument: the prefix is the path.
        ("" | "self", _) => {
            paths.insert(prefix.to_owned());
        }
        (_, None) => {
            paths.insert(join(&name));
        }
        (_, Some(rest)) => expand(&join(&name), rest, paths),
    }
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

#[test]
fn the_reader_sees_re_exports_fields_and_types() {
    let source = Source::new(
        "flow/example.rs",
        r"
        use crate::domain::phone::PhoneNumber;
        pub use crate::storage::{audit::AuditRecord, Error as StorageError};
        pub(crate) type Row = super::super::storage::Row;
        pub(super) struct Shown { pub flows: Flows }
        struct Hidden;
        fn read(api: &Api, number: crate::domain::phone::PhoneNumber) -> u64 {
            let clock = &api.flows
                .clock;
            api.flows.list(number); myflows.list; flows.database.read()
        }
        ",
    );
    let re_exports: Vec<String> = source.re_exports().into_iter().collect();
    assert_eq!(
        re_exports,
        ["storage::Error", "storage::Row", "storage::audit::AuditRecord"]
    );
    assert_eq!(source.fields_of("flows"), ["clock", "database"]);
    assert_eq!(source.public_types(), ["Row", "Shown"]);
}
