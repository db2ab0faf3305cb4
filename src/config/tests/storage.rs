//! The database: which URLs are understood, what contradicts what, and that no password is shown.

use super::*;
use crate::config::storage::{DatabaseUrl, StorageConfig};

const PASSWORD: &str = "database-pass-5b1f";
const URL: &str = "postgres://leaseline@db.example.org/leaseline";

/// The section with these variables and that URL.
fn section(url: &str, variables: &[(&str, &str)]) -> StorageConfig {
    let mut storage = with(variables).unwrap().storage;
    storage.url = DatabaseUrl::from(url);
    storage
}

/// Why the section is refused, whether PostgreSQL can be used yet or not.
fn storage_refusal(url: &str, variables: &[(&str, &str)]) -> String {
    let problem = section(url, variables).check_values().unwrap_err();
    let refusal = ConfigError::from(problem).to_string();
    assert!(!refusal.contains(PASSWORD), "{refusal}");
    refusal
}

#[test]
fn a_file_has_a_path() {
    for url in [
        "sqlite:a.db",
        "sqlite:///data/a.db",
        "sqlite://a.db?mode=rwc",
        "sqlite:/data/a.db",
    ] {
        with(&[("LEASELINE_STORAGE__URL", url)]).unwrap();
    }
    for (url, part) in [
        ("mysql://localhost/a", "does not begin with"),
        ("a.db", "does not begin with"),
        ("sqlite:", "has no path"),
        ("sqlite://", "has no path"),
        ("sqlite:?mode=rwc", "has no path"),
        ("sqlite::memory:", "in memory"),
        ("sqlite://:memory:", "in memory"),
        ("sqlite:a?mode=memory", "in memory"),
    ] {
        let error = refusal("LEASELINE_STORAGE__URL", url);
        assert!(
            error.starts_with("storage.url") && error.contains(part),
            "{url}: {error}"
        );
    }
}

#[test]
fn postgres_cannot_be_used_yet() {
    refused(
        "LEASELINE_STORAGE__URL",
        "postgres://localhost/a",
        "storage.url names a PostgreSQL, and PostgreSQL cannot be used yet: set one such as sqlite:leaseline.db …",
    );
}

#[test]
fn servers_have_hosts_and_a_database() {
    for url in [
        URL,
        "postgresql://db1,db2:5433,[2001:db8::7]:5432/leaseline?connect_timeout=3",
        "postgres://a%40b:c%2Fd@db/leaseline?target_session_attrs=read-write",
        "postgres://leaseline@%2Fvar%2Frun%2Fpostgresql/leaseline",
        "postgres:///leaseline?host=/var/run/postgresql&port=5433&application_name=one",
    ] {
        section(url, &[]).check_values().unwrap();
    }
    for (url, part) in [
        ("postgres://db", "names no database"),
        ("postgres://db/", "names no database"),
        ("postgres:///leaseline", "names no host"),
        ("postgres://db1,,db2/leaseline", "names no host"),
        ("postgres://a:b@c@db/leaseline", "more than one @"),
        ("postgres://db:70000/leaseline", "a port that is none"),
        ("postgres://[::1/leaseline", "a port that is none"),
        ("postgres://db,%2Ftmp/leaseline", "hosts and sockets"),
        (
            "postgres://db/leaseline?sslmode=require",
            "sslmode: set storage.tls instead",
        ),
        (
            "postgres://db/leaseline?options=-cjit",
            "options: set storage.schema instead",
        ),
        (
            "postgres://db/leaseline?password=a",
            "password: set storage.password instead",
        ),
        (
            "postgres://db/leaseline?hostaddr=::1",
            "hostaddr: set the addresses as hosts",
        ),
        ("postgres://db/leaseline?%73slmode=disable", "sslmode: set storage.tls"),
        (
            "postgres://db/leaseline?target_session_attrs=any",
            "the host that takes writes",
        ),
        ("postgres://db/leaseline?colour=red", "an unknown parameter"),
        ("postgres://db/leaseline?host", "a parameter without a value"),
    ] {
        let refusal = storage_refusal(url, &[]);
        assert!(
            refusal.starts_with("storage.url ") && refusal.contains(part),
            "{url}: {refusal}"
        );
    }
}

#[test]
fn only_what_stays_on_the_machine_may_be_plain() {
    let off = ("LEASELINE_STORAGE__TLS", "off");
    for url in [
        "postgres://localhost,127.0.0.2,[::1]:5433/leaseline",
        "postgres:///leaseline?host=/tmp",
    ] {
        section(url, &[off]).check_values().unwrap();
    }
    let allowed = [off, ("LEASELINE_STORAGE__ALLOW_PLAIN", "true")];
    for url in [
        URL,
        "postgres://localhost,db2/leaseline",
        "postgres://10.0.0.7/leaseline",
    ] {
        let refusal = storage_refusal(url, &[off]);
        assert!(refusal.starts_with("storage.tls is \"off\", but"), "{refusal}");
        section(url, &allowed).check_values().unwrap();
        section(url, &[("LEASELINE_STORAGE__TLS", "require")])
            .check_values()
            .unwrap();
    }
}

#[test]
fn there_is_one_password_and_a_certificate_has_its_key() {
    let in_url = format!("postgres://leaseline:{PASSWORD}@db/leaseline");
    let password = ("LEASELINE_STORAGE__PASSWORD", PASSWORD);
    let file = ("LEASELINE_STORAGE__PASSWORD_FILE", "database.txt");
    let refusal = storage_refusal(&in_url, &[password]);
    assert!(
        refusal.starts_with("storage.password is set, but storage.url has"),
        "{refusal}"
    );
    let refusal = storage_refusal(&in_url, &[file]);
    assert!(refusal.starts_with("storage.password_file is set, but"), "{refusal}");
    let both = with(&[password, file]).unwrap_err().to_string();
    assert!(
        both.starts_with("storage.password_file is set, but storage.password is, too"),
        "{both}"
    );
    for one in [password, file] {
        section(URL, &[one]).check_values().unwrap();
    }
    for (set, missing) in [("client_cert", "client_key"), ("client_key", "client_cert")] {
        let variable = format!("LEASELINE_STORAGE__{}", set.to_uppercase());
        let refusal = super::refusal(&variable, "a.pem");
        assert!(
            refusal.starts_with(&format!("storage.{missing} is missing")),
            "{refusal}"
        );
    }
}

#[test]
fn a_schema_and_the_numbers_of_connections_have_bounds() {
    for schema in ["pg_leaseline", &"a".repeat(64)] {
        let refusal = super::refusal("LEASELINE_STORAGE__SCHEMA", schema);
        assert!(refusal.starts_with("storage.schema cannot be the name"), "{refusal}");
    }
    for option in ["connections", "readers"] {
        let variable = format!("LEASELINE_STORAGE__{}", option.to_uppercase());
        for value in ["0", "1001"] {
            refused(
                &variable,
                value,
                &format!("storage.{option} is {value}: set 1 to 1000 …"),
            );
        }
    }
}

#[test]
fn tables_of_a_file_are_brought_up_to_date_by_the_server() {
    assert!(section("sqlite:a.db", &[]).migrates());
    assert!(!section(URL, &[]).migrates());
    assert!(section(URL, &[("LEASELINE_STORAGE__MIGRATE", "true")]).migrates());
    assert!(!section("sqlite:a.db", &[("LEASELINE_STORAGE__MIGRATE", "false")]).migrates());
}

#[test]
fn no_password_is_shown() {
    for url in [
        format!("postgres://leaseline:{PASSWORD}@db/leaseline"),
        format!("postgresql://:{PASSWORD}@db1,db2/leaseline?connect_timeout=1"),
        // Not understood, but not shown either.
        format!("postgres://leaseline:{PASSWORD}@a@db/leaseline"),
        format!("postgres://leaseline:a@{PASSWORD}@db/leaseline"),
    ] {
        let mut config = with(&[]).unwrap();
        config.storage.url = DatabaseUrl::from(url);
        for text in [config.to_toml_redacted(), format!("{config:?}"), format!("{config:#?}")] {
            assert!(!text.contains(PASSWORD) && text.contains(":***@"), "{text}");
        }
    }
    let config = with(&[("LEASELINE_STORAGE__PASSWORD", PASSWORD)]).unwrap();
    for text in [config.to_toml_redacted(), format!("{config:?}")] {
        assert!(!text.contains(PASSWORD), "{text}");
    }
    for toml in [
        format!("[storage]\nurl = [\"postgres://leaseline:{PASSWORD}@db/leaseline\"]\n"),
        format!("[storage]\nurl = \"mysql://leaseline:{PASSWORD}@db/leaseline\"\n"),
        format!("[storage]\npassword = [\"{PASSWORD}\"]\n"),
    ] {
        let refusal = file_refusal(&toml);
        assert!(!refusal.contains(PASSWORD), "{refusal}");
    }
}

#[test]
fn a_file_with_a_password_in_the_url_has_a_secret() {
    let has_secrets = |line: &str| {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        write!(file, "[storage]\n{line}\n").unwrap();
        crate::config::has_secrets(file.path())
    };
    assert!(has_secrets("url = \"postgres://a:b@db/leaseline\""));
    assert!(has_secrets("password = \"b\""));
    assert!(!has_secrets(&format!("url = \"{URL}\"")) && !has_secrets("url = \"sqlite:a.db\""));
}

#[test]
fn backups_of_files_are_of_no_use_beside_postgres() {
    let mut config = with(&[
        ("LEASELINE_BACKUP__EVERY", "1h"),
        ("LEASELINE_BACKUP__FOLDER", "backups"),
    ])
    .unwrap();
    config.storage.url = DatabaseUrl::from(URL);
    let problems: Vec<String> = crate::config::checks::problems(&config)
        .map(|problem| problem.key)
        .collect();
    assert!(problems.contains(&"backup.every".to_owned()), "{problems:?}");
}
