//! Reads the files of `src/` as far as the rules about modules need it: no comments, no texts, no tests.

use std::collections::BTreeSet;
use std::path::Path;

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
        let mut paths = BTreeSet::new();
        let up = "super::".repeat(self.depth);
        for root in ["crate::", up.as_str()] {
            for (at, _) in self.code.match_indices(root) {
                let before = self.code[..at].chars().next_back();
                if before.is_none_or(|before| !is_word(before) && before != ':') {
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

/// Where the brace that `text` starts with is closed.
fn closing(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 1 => return at + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    text.len()
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

/// The code without its test modules, and without other items that are only for tests.
fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..at]);
        let item = &rest[at..];
        let end = match item.find(['{', ';']) {
            Some(open) if item[open..].starts_with('{') => open + closing(&item[open..]),
            Some(semicolon) => semicolon + 1,
            None => item.len(),
        };
        rest = &item[end..];
    }
    kept + rest
}

/// The text without comments and without what stands in string literals; lines stay lines.
fn bare(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(hashes) = raw_string(rest) {
            let end = format!("\"{}", "#".repeat(hashes));
            let open = hashes + 2;
            rest[open..].find(&end).map_or(rest.len(), |at| open + at + end.len())
        } else if character == '"' {
            string(rest)
        } else if rest.starts_with("'\"'") || rest.starts_with("'{'") || rest.starts_with("'}'") {
            3
        } else {
            kept.push(character);
            rest = &rest[character.len_utf8()..];
            continue;
        };
        kept.extend(rest[..skipped].chars().filter(|character| *character == '\n'));
        rest = &rest[skipped..];
    }
    kept
}

/// How many hashes the raw string has that `text` starts with.
fn raw_string(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('r')?;
    let hashes = rest.bytes().take_while(|byte| *byte == b'#').count();
    rest[hashes..].starts_with('"').then_some(hashes)
}

/// How long the string literal is that `text` starts with.
fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}
