//! Whether a server is one on which nothing is lost: it is asked at each new connection, in one round trip.

use tokio_postgres::{Client, SimpleQueryMessage, SimpleQueryRow};

use super::error::of_connecting;
use crate::storage::error::Error;

/// PostgreSQL 15.
const OLDEST: u32 = 150_000;
/// Engines that speak PostgreSQL's protocol, and how the text of `version()` names them. Those that say only that they are
/// PostgreSQL cannot be recognised without guessing.
const OTHERS: [(&str, &str); 13] = [
    ("CockroachDB", "CockroachDB"),
    ("-YB-", "YugabyteDB"),
    ("Redshift", "Amazon Redshift"),
    ("Greenplum", "Greenplum"),
    ("Cloudberry", "Cloudberry"),
    ("Materialize", "Materialize"),
    ("RisingWave", "RisingWave"),
    ("CrateDB", "CrateDB"),
    ("QuestDB", "QuestDB"),
    ("openGauss", "openGauss"),
    ("GaussDB", "GaussDB"),
    ("Vertica", "Vertica"),
    ("KingbaseES", "KingbaseES"),
];
const VERSION: &str = "SELECT version() AS version";
const SETTINGS: &str = "SELECT current_setting('server_version_num') AS server_version_num,
        current_setting('fsync') AS fsync,
        current_setting('full_page_writes') AS full_page_writes,
        current_setting('server_encoding') AS server_encoding,
        current_setting('synchronous_commit') AS synchronous_commit,
        current_setting('synchronous_standby_names') AS synchronous_standby_names,
        current_setting('jit') AS jit";

/// What matters to the transactions of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ServerFacts {
    /// A commit does not wait for the disk, or not for the standby, by default.
    pub(super) commits_early: bool,
    /// Plans are compiled, which costs more than our statements take.
    pub(super) compiles: bool,
    /// A synchronous standby is configured.
    pub(super) has_standby: bool,
}

/// Asks the server of a new connection.
///
/// # Errors
/// [`Error::Unfit`]: what it is, or how it is set up, loses data.
pub(super) async fn examine(client: &Client) -> Result<ServerFacts, Error> {
    let (version, settings) = tokio::join!(client.simple_query(VERSION), client.simple_query(SETTINGS));
    let version = version.map_err(|error| of_connecting(&error))?;
    let version = first(&version).and_then(|row| row.get("version")).unwrap_or_default();
    is_postgres(version).map_err(Error::Unfit)?;
    let settings = settings.map_err(|error| of_connecting(&error))?;
    let value = |name: &str| first(&settings).and_then(|row| row.get(name)).unwrap_or_default();
    facts(value).map_err(Error::Unfit)
}

fn first(answer: &[SimpleQueryMessage]) -> Option<&SimpleQueryRow> {
    answer.iter().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    })
}

fn is_postgres(version: &str) -> Result<(), String> {
    if let Some((_, name)) = OTHERS.iter().find(|(mark, _)| version.contains(mark)) {
        return Err(format!(
            "the server is {name}, which speaks PostgreSQL's protocol but does not keep its promises: use PostgreSQL 15 \
             or newer"
        ));
    }
    if !version.starts_with("PostgreSQL ") {
        let name: String = version.chars().take(40).collect();
        return Err(format!("the server calls itself {name:?}: use PostgreSQL 15 or newer"));
    }
    Ok(())
}

fn facts<'a>(value: impl Fn(&str) -> &'a str) -> Result<ServerFacts, String> {
    let version: u32 = value("server_version_num").parse().unwrap_or_default();
    if version < OLDEST {
        let major = version / 10_000;
        return Err(format!("the server is PostgreSQL {major}: use PostgreSQL 15 or newer"));
    }
    for (setting, why) in [
        ("fsync", "what was committed is lost when its machine fails"),
        ("full_page_writes", "pages are damaged when its machine fails"),
    ] {
        if value(setting) != "on" {
            return Err(format!("the server has {setting} off, so {why}: switch {setting} on"));
        }
    }
    let encoding = value("server_encoding");
    if encoding != "UTF8" {
        return Err(format!(
            "server_encoding is {encoding}, in which not every SMS can be stored: make the database with ENCODING 'UTF8'"
        ));
    }
    Ok(ServerFacts {
        commits_early: !matches!(value("synchronous_commit"), "on" | "remote_apply"),
        compiles: value("jit") == "on",
        has_standby: !value("synchronous_standby_names").trim().is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_that_only_speak_the_protocol_are_named() {
        for (version, name) in [
            ("CockroachDB CCL v24.1.0 (x86_64-pc-linux-gnu)", "CockroachDB"),
            ("PostgreSQL 15.2-YB-2.25.0.0-b0 on x86_64-pc-linux-gnu", "YugabyteDB"),
            ("PostgreSQL 8.0.2 on i686-pc-linux-gnu, Redshift 1.0.77467", "Redshift"),
            ("PostgreSQL 12.12 (Greenplum Database 7.1.0 build 1)", "Greenplum"),
            ("PostgreSQL 13.14.0-RisingWave-2.1.0 (abc)", "RisingWave"),
            ("PostgreSQL 12.3, compiled by Visual C++, 64-bit, QuestDB", "QuestDB"),
            ("ClickHouse 24.8", "ClickHouse 24.8"),
            ("", "calls itself"),
        ] {
            let refusal = is_postgres(version).unwrap_err();
            assert!(
                refusal.contains(name) && refusal.contains("use PostgreSQL 15"),
                "{refusal}"
            );
        }
        is_postgres("PostgreSQL 15.14 (Debian 15.14-0+deb12u1) on x86_64-pc-linux-gnu").unwrap();
    }

    /// The settings of a good server with this one changed.
    fn with(changed: &str, to: &'static str) -> Result<ServerFacts, String> {
        facts(|name| match name {
            _ if name == changed => to,
            "server_version_num" => "150014",
            "server_encoding" => "UTF8",
            "synchronous_standby_names" => "",
            _ => "on",
        })
    }

    #[test]
    fn a_setting_that_loses_data_is_named() {
        for (setting, value) in [
            ("fsync", "off"),
            ("full_page_writes", "off"),
            ("server_encoding", "SQL_ASCII"),
        ] {
            let refusal = with(setting, value).unwrap_err();
            assert!(refusal.contains(setting), "{refusal}");
        }
        let old = with("server_version_num", "140012").unwrap_err();
        assert_eq!(old, "the server is PostgreSQL 14: use PostgreSQL 15 or newer");
    }

    #[test]
    fn a_commit_that_waits_for_less_than_the_standbys_disk_is_early() {
        let commits_early = |value| with("synchronous_commit", value).unwrap().commits_early;
        for value in ["off", "local", "remote_write"] {
            assert!(commits_early(value), "{value}");
        }
        assert!(!commits_early("on") && !commits_early("remote_apply"));
        assert!(!with("", "").unwrap().has_standby);
        assert!(with("synchronous_standby_names", "ANY 1 (*)").unwrap().has_standby);
    }
}
