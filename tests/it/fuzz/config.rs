//! The configuration: whatever the operator writes is either in effect as it stands or refused by its name.

use std::collections::{BTreeMap, BTreeSet};

use leaseline::config::{Config, DEFAULTS};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use toml::{Table, Value};

use super::each;

const REQUIRED: [(&str, &str); 3] = [
    ("onlinesim.keys", "key-of-onlinesim"),
    ("admin.token", "token-of-the-admin"),
    ("push.url", "https://onlinesim.example/api"),
];

/// What is shown as *** and never stands in an error.
const SECRETS: [&str; 11] = [
    "onlinesim.keys",
    "admin.token",
    "storage.password",
    "suppliers.webhook_secret",
    "multitel_v3.password",
    "multitel.password",
    "cm.token",
    "carrierx.token",
    "notify.telegram.token",
    "notify.webhook.secret",
    "notify.mail.password",
];

/// Sections in which options need each other.
const TOGETHER: &str = "storage backup tls multitel_v3 multitel cm cm_wire carrierx";

/// `section.key` of every option, read off the manual.
fn options() -> Vec<String> {
    let mut section = "";
    let mut options = Vec::new();
    for line in DEFAULTS.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
        }
        let option = line.strip_prefix('#').unwrap_or(line).split_once(" = ");
        let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        options.extend(
            option
                .filter(|(name, _)| is_name(name))
                .map(|(name, _)| format!("{section}.{name}")),
        );
    }
    // `config::tests` compares the manual with the options.
    assert!(options.len() >= 29, "{options:?}");
    options
}

fn variable(option: &str) -> String {
    format!("LEASELINE_{}", option.replace('.', "__").to_uppercase())
}

/// With the three options that have no default, but for those that the input sets itself.
fn load(file: Option<&[u8]>, variables: &[(String, String)]) -> Result<Config, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("my.toml");
    let file = file.inspect(|bytes| std::fs::write(&path, bytes).unwrap());
    let table: Table = file
        .and_then(|bytes| std::str::from_utf8(bytes).ok()?.parse().ok())
        .unwrap_or_default();
    let is_in_file = |option: &str| {
        let (section, key) = option.split_once('.').unwrap();
        table.get(section).is_some_and(|section| section.get(key).is_some())
    };
    let own = REQUIRED.iter().filter(|(option, _)| !is_in_file(option)).copied();
    let own = own.map(|(option, value)| (variable(option), value.to_owned()));
    let environment: BTreeMap<String, String> = own.chain(variables.iter().cloned()).collect();
    let loaded = Config::load(file.map(|_| path.as_path()), environment);
    let refused = |error: leaseline::config::ConfigError| {
        let sentence = error.to_string();
        assert_ne!(sentence.trim(), "");
        sentence.replace(&path.display().to_string(), "my.toml")
    };
    loaded.map_err(refused)
}

/// What is in effect is printed, and read again it is the same.
fn is_in_effect(config: &Config) {
    // The secrets are printed as *** only.
    let without_secrets = |config: &Config| {
        let mut table: Table = config.to_toml_redacted().parse().unwrap();
        for (section, key) in [("onlinesim", "keys"), ("admin", "token")] {
            table[section].as_table_mut().unwrap().remove(key);
        }
        // These have a form.
        if let Some(secret) = table["suppliers"].as_table_mut().unwrap().get_mut("webhook_secret") {
            *secret = "*".repeat(16).into();
        }
        for (section, key, secret) in [("webhook", "secret", "0123456789abcdef"), ("telegram", "token", "1:a")] {
            if let Some(shown) = table["notify"][section].as_table_mut().unwrap().get_mut(key) {
                *shown = secret.into();
            }
        }
        table.to_string()
    };
    let printed = without_secrets(config);
    let again = load(Some(printed.as_bytes()), &[]).unwrap_or_else(|sentence| panic!("{sentence}:\n{printed}"));
    assert_eq!(without_secrets(&again), printed);
    let sections = |config: &Config| format!("{:?} {:?} {:?}", config.push, config.rent, config.retention);
    assert_eq!(sections(&again), sections(config), "{printed}");
}

fn value() -> impl Strategy<Value = Value> {
    let texts = "| |***|0|1|64|8s|0s|1ms|1h 30m|3650d|3651d|99999999999999999999y|18446744073709551615s|1 fortnight|\
        -1s|127.0.0.1:8080|0.0.0.0:8081|[::1]:0|127.0.0.1:99999|https://example.org/api|http://|ftp://x|\
        https://user@example.org|https://example.org/#x|sqlite:leaseline.db|sqlite:|sqlite::memory:|\
        postgres://x|20.00|92.5000001|USD|a/{id}|areaCode|bearer|BODY|operation|integer|json|info|\
        info,leaseline=debug|=,=|key-of-onlinesim";
    let texts: Vec<&str> = texts.split('|').collect();
    let leaf = prop_oneof![
        4 => select(texts).prop_map(Value::from),
        1 => ".{0,20}".prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => (0_i64..2000).prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Datetime("2026-11-20T12:00:00Z".parse().unwrap())),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            vec((".{0,6}", inner), 0..3).prop_map(|entries| Value::Table(entries.into_iter().collect())),
        ]
    })
}

/// Whether a sentence names one of these options, or the other half of what contradicts it.
fn names(sentence: &str, options: &BTreeSet<String>) -> bool {
    let pairs = [("onlinesim.listen", "admin.listen"), ("onlinesim.keys", "admin.token")];
    let other = |option: &String| {
        let mut halves = pairs.iter().flat_map(|(one, two)| [(*one, *two), (*two, *one)]);
        halves
            .find(|(half, _)| half == option)
            .map(|(_, other)| other.to_owned())
    };
    let mut named = options.iter().cloned().chain(options.iter().filter_map(other));
    let mut sections = options.iter().map(|option| option.rsplit_once('.').unwrap().0);
    named.any(|option| sentence.starts_with(&option) || sentence.contains(&variable(&option)))
        || sections.any(|section| {
            let needs_secret = ["suppliers.webhook_secret", "onlinesim.public_url"]
                .into_iter()
                .any(|option| sentence.starts_with(&format!("{option} is missing")));
            (TOGETHER.split(' ').any(|one| one == section) || section.starts_with("notify."))
                && (needs_secret || sentence.starts_with(&format!("{section}.")))
        })
}

#[test]
fn any_file_is_read_or_refused() {
    let lines = DEFAULTS
        .lines()
        .filter(|line| !line.starts_with("# "))
        .map(str::to_owned);
    let lines: Vec<String> = lines.collect();
    let spoilt = (vec(select(lines), 0..12), vec((any::<Index>(), any::<u8>()), 0..3)).prop_map(|(lines, edits)| {
        let mut text = format!("{}\n", lines.join("\n")).into_bytes();
        for (index, byte) in edits {
            let place = index.index(text.len());
            text[place] = byte;
        }
        text
    });
    let deep =
        (select(vec!["a = [", "a = {a = ", "[a.", "a."]), 1_usize..2000).prop_map(|(open, depth)| open.repeat(depth));
    let inputs = prop_oneof![
        2 => vec(any::<u8>(), 0..120),
        1 => ".{0,80}".prop_map(String::into_bytes),
        4 => spoilt,
        1 => deep.prop_map(String::into_bytes),
    ];
    each(500, &inputs, |file| {
        if let Ok(config) = load(Some(&file), &[]) {
            is_in_effect(&config);
        }
    });
}

#[test]
fn any_value_of_an_option_is_in_effect_or_refused_by_its_name() {
    let inputs = vec((select(options()), value()), 1..3);
    each(700, &inputs, |changes| {
        let mut table = Table::new();
        for (option, value) in &changes {
            let (sections, key) = option.rsplit_once('.').unwrap();
            let section = sections.split('.').fold(&mut table, |table, section| {
                let entry = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
                entry.as_table_mut().unwrap()
            });
            section.insert(key.to_owned(), value.clone());
        }
        let changed = changes.iter().map(|(option, _)| option.clone()).collect();
        match load(Some(table.to_string().as_bytes()), &[]) {
            Ok(config) => is_in_effect(&config),
            Err(sentence) => assert!(names(&sentence, &changed), "{sentence}: {table}"),
        }
    });
}

#[test]
fn any_variable_is_in_effect_or_refused_by_its_name_and_no_secret_is_printed() {
    let text = value().prop_map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    let secret = "[!-~]{1,3}s3cr3t[ -~]{0,3}";
    let option = (select(options()), prop_oneof![4 => text, 1 => secret]);
    each(700, &vec(option, 1..3), |changes| {
        let variables: Vec<_> = changes
            .iter()
            .map(|(option, text)| (variable(option), text.clone()))
            .collect();
        let changed = changes.iter().map(|(option, _)| option.clone()).collect();
        match load(None, &variables) {
            Ok(config) => {
                let printed = format!("{}{config:?}", config.to_toml_redacted());
                let secrets = changes.iter().filter(|(option, _)| SECRETS.contains(&option.as_str()));
                let mut leaked = secrets.filter(|(_, text)| text.contains("s3cr3t") && printed.contains(text.as_str()));
                assert_eq!(leaked.next(), None, "rule 11");
                is_in_effect(&config);
            }
            Err(sentence) => {
                assert!(names(&sentence, &changed), "{sentence}: {variables:?}");
                let is_secret = changes.iter().all(|(option, _)| SECRETS.contains(&option.as_str()));
                assert!(!(is_secret && sentence.contains("s3cr3t")), "rule 11: {sentence}");
            }
        }
    });
}

#[test]
fn an_unknown_option_is_named() {
    let name = "[a-z_]{1,12}";
    let section = prop_oneof![
        select(vec![
            "onlinesim",
            "admin",
            "storage",
            "push",
            "rent",
            "retention",
            "telemetry"
        ])
        .prop_map(str::to_owned),
        name.prop_filter("a section", |name| !["countries", "rates"].contains(&name.as_str())),
    ];
    let known: BTreeSet<String> = options().into_iter().collect();
    let inputs = (section, name, value());
    each(300, &inputs, |(section, key, value)| {
        let option = format!("{section}.{key}");
        if known.contains(&option) {
            return;
        }
        let text = value.as_str().unwrap_or("1").to_owned();
        let mut options = Table::new();
        options.insert(key, value);
        let mut table = Table::new();
        table.insert(section, Value::Table(options));
        let sentence = load(Some(table.to_string().as_bytes()), &[]).unwrap_err();
        assert!(
            sentence.starts_with(&format!("{option} is not an option")),
            "{sentence}: {table}"
        );
        let variable = variable(&option);
        let sentence = load(None, &[(variable.clone(), text)]).unwrap_err();
        assert!(
            sentence.starts_with(&format!("{variable} is not an option")),
            "{sentence}"
        );
    });
}

#[test]
fn any_name_of_a_country_and_any_rate_is_in_effect_or_refused_by_its_code() {
    let code = prop_oneof![
        select(vec!["US", "se", "Zz", "", "XK", "USD", "eur", "RUB"]).prop_map(str::to_owned),
        ".{0,3}"
    ];
    let section = select(vec!["countries", "rates"]);
    each(600, &(section, code, value()), |(section, code, value)| {
        let mut table = Table::new();
        table.insert(
            section.to_owned(),
            Value::Table([(code.clone(), value)].into_iter().collect()),
        );
        match load(Some(table.to_string().as_bytes()), &[]) {
            Ok(config) => is_in_effect(&config),
            Err(sentence) => assert!(
                sentence.starts_with(&format!("{section}.{}", code.to_uppercase())),
                "{sentence}: {table}"
            ),
        }
    });
}
