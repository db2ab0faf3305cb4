//! Reads the SQL statements off the source of the storage: its string literals, and those that its macros join.

use std::collections::BTreeMap;
use std::path::Path;

/// The words with which a statement begins.
const VERBS: [&str; 5] = ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH "];

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Text(String),
    /// `name`, `name!` or `$name`.
    Word(String),
    Sign(char),
}

/// Where a text comes from inside a macro.
#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Parameter(String),
    Call(String, Vec<Part>),
}

#[derive(Debug)]
struct Macro {
    parameters: Vec<String>,
    body: Part,
}

/// All statements below `src/storage` that a database (`sqlite`, `postgres`) is given, each with its file's name.
pub fn all(database: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/storage")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                // What only the other one is given.
                let is_of_another = ["sqlite", "postgres"]
                    .iter()
                    .any(|one| *one != database && path.ends_with(one));
                if !is_of_another {
                    folders.push(path);
                }
                continue;
            }
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let source = std::fs::read_to_string(&path).unwrap();
            // The row counts are a view of the writing connection, not of the file.
            let of_the_file = |sql: &String| !sql.contains("row_counts") && !sql.contains("ensure_rows");
            if !VERBS.iter().any(|verb| source.contains(verb)) {
                continue;
            }
            let built = source.split("#[cfg(test)]\nmod tests").next().unwrap();
            let statements = statements(built, database).into_iter().filter(of_the_file);
            found.extend(statements.map(|sql| (name.clone(), sql)));
        }
    }
    found
}

fn statements(source: &str, database: &str) -> Vec<String> {
    let mut reader = Reader {
        tokens: tokens(source),
        at: 0,
        macros: BTreeMap::from([("concat!".to_owned(), Vec::new())]),
    };
    let mut texts = Vec::new();
    // The field that the next text is the value of, if it is one.
    let mut field = None;
    while let Some(token) = reader.next() {
        match token {
            Token::Text(text) => texts.push((field.take(), text)),
            Token::Word(word) if word == "macro_rules!" => reader.definition(),
            Token::Word(word) if reader.macros.contains_key(&word) => {
                let call = reader.call(word);
                texts.push((field.take(), reader.text(&call, &BTreeMap::new())));
            }
            Token::Word(word) => field = Some(word),
            Token::Sign(':') => {}
            Token::Sign(_) => field = None,
        }
    }
    let is_for = |field: &str| field == database || !["sqlite", "postgres"].contains(&field);
    texts
        .retain(|(field, text)| field.as_deref().is_none_or(is_for) && VERBS.iter().any(|verb| text.starts_with(verb)));
    texts.into_iter().map(|(_, text)| text).collect()
}

struct Reader {
    tokens: Vec<Token>,
    at: usize,
    /// Each with its arms; an arm fits by the number of its parameters.
    macros: BTreeMap<String, Vec<Macro>>,
}

impl Reader {
    fn next(&mut self) -> Option<Token> {
        self.at += 1;
        self.tokens.get(self.at - 1).cloned()
    }

    fn accept(&mut self, sign: char) -> bool {
        let found = self.tokens.get(self.at) == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: char) {
        assert!(self.accept(sign), "{sign} is missing at {:?}", self.tokens.get(self.at));
    }

    /// `name { ($a:literal, ...) => { body }; ... }`
    fn definition(&mut self) {
        let Some(Token::Word(name)) = self.next() else {
            panic!("a macro has a name");
        };
        let mut arms = Vec::new();
        self.expect('{');
        while !self.accept('}') {
            let mut parameters = Vec::new();
            self.expect('(');
            while !self.accept(')') {
                match self.next() {
                    Some(Token::Word(word)) if word.starts_with('$') => parameters.push(word),
                    Some(_) => {}
                    None => panic!("{name}: an arm does not end"),
                }
            }
            self.expect('=');
            self.expect('>');
            self.expect('{');
            let body = self.part();
            self.expect('}');
            self.accept(';');
            arms.push(Macro { parameters, body });
        }
        self.macros.insert(format!("{name}!"), arms);
    }

    fn part(&mut self) -> Part {
        match self.next() {
            Some(Token::Text(text)) => Part::Text(text),
            Some(Token::Word(word)) if word.starts_with('$') => Part::Parameter(word),
            Some(Token::Word(word)) if word.ends_with('!') => self.call(word),
            other => panic!("{other:?} stands in a macro that joins texts"),
        }
    }

    fn call(&mut self, name: String) -> Part {
        let mut arguments = Vec::new();
        self.expect('(');
        while !self.accept(')') {
            arguments.push(self.part());
            self.accept(',');
        }
        Part::Call(name, arguments)
    }

    fn text(&self, part: &Part, given: &BTreeMap<&str, String>) -> String {
        match part {
            Part::Text(text) => text.clone(),
            Part::Parameter(name) => given[name.as_str()].clone(),
            Part::Call(name, arguments) => {
                let texts: Vec<String> = arguments.iter().map(|argument| self.text(argument, given)).collect();
                if name == "concat!" {
                    return texts.concat();
                }
                let mut arms = self.macros[name].iter();
                let arm = arms.find(|arm| arm.parameters.len() == texts.len()).expect(name);
                let given = arm.parameters.iter().map(String::as_str).zip(texts).collect();
                self.text(&arm.body, &given)
            }
        }
    }
}

fn tokens(source: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '"' => {
                let (text, length) = literal(rest);
                tokens.push(Token::Text(text));
                length
            }
            '\'' if rest.starts_with("'\"'") || rest.starts_with("'\\\"'") => rest[1..].find("'").unwrap() + 2,
            '$' | '_' | 'a'..='z' | 'A'..='Z' => {
                let inner = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
                let length = rest[1..].find(|letter| !inner(letter)).map_or(rest.len(), |at| at + 1);
                let length = length + usize::from(rest[length..].starts_with('!') && !rest[length..].starts_with("!="));
                tokens.push(Token::Word(rest[..length].to_owned()));
                length
            }
            _ if first.is_whitespace() => first.len_utf8(),
            _ => {
                tokens.push(Token::Sign(first));
                first.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    tokens
}

/// The text of the literal at the beginning, and how much of the source it takes.
fn literal(source: &str) -> (String, usize) {
    let mut text = String::new();
    let mut letters = source.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (text, at + 1),
            '\\' => match letters.next() {
                // A line that goes on: Rust leaves out what the next one is indented by, SQL does not mind it.
                Some((_, '\n')) => text.push(' '),
                Some((_, escaped)) => text.push(escaped),
                None => break,
            },
            _ => text.push(letter),
        }
    }
    panic!("a literal does not end");
}

#[test]
fn statements_are_read_with_their_macros() {
    let source = r#"
        // A comment with a "SELECT quote".
        macro_rules! select {
            ($lead:literal) => { concat!("SELECT a FROM ", $lead, " ") };
            ($lead:literal, $end:literal) => { concat!(select!($lead), $end) };
        }
        const fn all() -> &'static str { select!("t", "WHERE \
            b = 1") }
        let (letter, word) = ('"', "not SQL");
        sqlx::query(concat!(select!("u"), "LIMIT 1")); if a != b {}
        sqlx::query("DELETE FROM t WHERE a = $1");
        Sql { sqlite: "SELECT a FROM t INDEXED BY i", postgres: select!("v") }
    "#;
    for (database, last) in [
        ("sqlite", "SELECT a FROM t INDEXED BY i"),
        ("postgres", "SELECT a FROM v"),
    ] {
        let flat: Vec<String> = statements(source, database)
            .iter()
            .map(|sql| sql.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        let expected = [
            "SELECT a FROM t WHERE b = 1",
            "SELECT a FROM u LIMIT 1",
            "DELETE FROM t WHERE a = $1",
            last,
        ];
        assert_eq!(flat, expected);
    }
}
