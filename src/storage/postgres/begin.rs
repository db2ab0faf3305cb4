//! What begins a transaction. Settings are made for the transaction alone: behind a pooler, the next one may have another
//! connection of the server.

use std::sync::Arc;

use super::server::ServerFacts;

/// The advisory lock of transactions that write.
pub(super) const WRITERS: i64 = 1_280_527_438;
/// The advisory lock of migrations.
const MIGRATIONS: i64 = 1_280_527_437;

/// What begins each kind of transaction on a connection.
#[derive(Debug)]
pub(super) struct BeginTexts {
    /// One that writes. It is alone: the lock is given back with the transaction. Statements after it see what was committed
    /// before.
    pub(super) write: Arc<str>,
    /// One that reads: all its statements see the same.
    pub(super) read: Arc<str>,
    /// One that changes tables. They run one after another, whichever replica runs them.
    pub(super) migrate: Arc<str>,
}

impl BeginTexts {
    pub(super) fn new(schema: Option<&str>, facts: ServerFacts) -> Self {
        let mut both = String::new();
        if facts.compiles {
            both.push_str("; SET LOCAL jit = off");
        }
        if let Some(schema) = schema {
            both.push_str("; SET LOCAL search_path = ");
            both.push_str(&quoted(schema));
        }
        let durable = match facts.commits_early {
            true => "; SET LOCAL synchronous_commit = on",
            false => "",
        };
        // The user may have other defaults.
        let write = format!("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE{both}{durable}");
        Self {
            write: format!("{write}; SET LOCAL lock_timeout = 5000; SELECT pg_advisory_xact_lock({WRITERS})").into(),
            read: format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY{both}").into(),
            migrate: format!(
                "{write}; SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0; SELECT pg_advisory_xact_lock({MIGRATIONS})"
            )
            .into(),
        }
    }
}

/// A name as SQL has it, whatever is in it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_set() {
        let mut facts = ServerFacts {
            commits_early: false,
            compiles: false,
            has_standby: true,
        };
        let plain = BeginTexts::new(None, facts);
        assert_eq!(&*plain.read, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        assert!(!plain.write.contains("synchronous_commit"), "{}", plain.write);
        (facts.commits_early, facts.compiles) = (true, true);
        let set = BeginTexts::new(Some("a\"b"), facts);
        let both = "; SET LOCAL jit = off; SET LOCAL search_path = \"a\"\"b\"";
        assert!(set.read.ends_with(both), "{}", set.read);
        for text in [&set.write, &set.migrate] {
            let all = format!("{both}; SET LOCAL synchronous_commit = on; ");
            assert!(text.contains(&all), "{text}");
        }
    }
}
