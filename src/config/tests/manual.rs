//! The default file, the list of options and the structs say the same, and secrets stay secret.

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;
use crate::config::DEFAULTS;
use crate::config::options::{self, OPTIONS, OptionKind};

/// The default file with the options that are not set put in.
fn manual_in_full() -> String {
    let mut text = String::new();
    for line in DEFAULTS.lines() {
        let commented_out = line.strip_prefix('#').filter(|rest| !rest.starts_with(' '));
        text.push_str(commented_out.unwrap_or(line));
        text.push('\n');
    }
    text
}

/// `section.key` of everything in a TOML text, without sections whose keys are free.
fn options_of(toml: &str) -> BTreeSet<String> {
    let table: toml::Table = toml.parse().unwrap();
    let sections = table
        .into_iter()
        .filter(|(section, _)| !options::FREE_SECTIONS.contains(&section.as_str()));
    sections.flat_map(|(section, value)| keys(&section, &value)).collect()
}

/// The keys of a section and of those within it, with their names before them.
fn keys(section: &str, value: &toml::Value) -> Vec<String> {
    let Some(table) = value.as_table() else {
        return vec![section.to_owned()];
    };
    let keys = table
        .iter()
        .flat_map(|(key, value)| keys(&format!("{section}.{key}"), value));
    keys.collect()
}

#[test]
fn every_option_is_in_the_manual_and_in_the_structs() {
    let known: BTreeSet<String> = OPTIONS.iter().map(|option| option.key.to_owned()).collect();
    assert_eq!(options_of(&manual_in_full()), known);
    let everything = [
        ("LEASELINE_ONLINESIM__PUBLIC_URL", "https://n.example"),
        ("LEASELINE_ONLINESIM__ALLOW", "192.0.2.0/24"),
        ("LEASELINE_HTTP__TRUSTED_PROXIES", "192.0.2.7"),
        ("LEASELINE_TLS__CERT", "cert.pem"),
        ("LEASELINE_TLS__KEY", "key.pem"),
        ("LEASELINE_TLS__ACME_CONTACT", "you@n.example"),
        ("LEASELINE_TLS__ACME_CA_FILE", "authority.pem"),
        ("LEASELINE_GATEWAY__PUBLIC_URL", "https://sms.example"),
        ("LEASELINE_FILTER__WITHHOLD_SENDERS", "bank"),
        ("LEASELINE_FILTER__WITHHOLD_TEXTS", "balance"),
        ("LEASELINE_MULTITEL_V3__BUDGET_PER_DAY", "1"),
        ("LEASELINE_MULTITEL__BUDGET_PER_DAY", "1"),
        ("LEASELINE_MULTITEL__SID", "7"),
        ("LEASELINE_CM__BUDGET_PER_DAY", "1"),
        ("LEASELINE_CARRIERX__BUDGET_PER_DAY", "1"),
        ("LEASELINE_STORAGE__MIGRATE", "true"),
        ("LEASELINE_STORAGE__PASSWORD", "database-pass"),
        ("LEASELINE_STORAGE__CA_FILE", "ca.pem"),
        ("LEASELINE_STORAGE__CLIENT_CERT", "client.pem"),
        ("LEASELINE_STORAGE__CLIENT_KEY", "client.key"),
        ("LEASELINE_STORAGE__SCHEMA", "leaseline"),
        ("LEASELINE_BACKUP__EVERY", "1h"),
        ("LEASELINE_BACKUP__FOLDER", "backups"),
        ("LEASELINE_NOTIFY__MAIL__PORT", "2525"),
    ];
    let shown = |variables: &[(&str, &str)]| options_of(&with_everything(variables).unwrap().to_toml_redacted());
    let mut in_the_structs = shown(&everything);
    // Instead of the files of a certificate.
    in_the_structs.extend(shown(&[("LEASELINE_TLS__ACME", "n.example")]));
    // Instead of the password.
    in_the_structs.extend(shown(&[("LEASELINE_STORAGE__PASSWORD_FILE", "database.txt")]));
    assert_eq!(in_the_structs, known);
}

#[test]
fn the_manual_explains_each_option_in_the_lines_before_it() {
    let mut explained = false;
    for line in DEFAULTS.lines() {
        let is_option = line.contains(" = ") && !line.starts_with("# ");
        assert!(!is_option || explained, "{line}");
        explained = line.starts_with("# ");
    }
}

#[test]
fn the_manual_is_a_good_configuration_itself() {
    from_file(DEFAULTS, &[]).unwrap();
}

#[test]
fn the_examples_of_the_manual_are_good_but_no_secret_can_be_left_as_it_is() {
    let secrets = [
        ("LEASELINE_ONLINESIM__KEYS", KEY),
        ("LEASELINE_ADMIN__TOKEN", TOKEN),
        ("LEASELINE_SUPPLIERS__WEBHOOK_SECRET", WEBHOOK_SECRET),
        ("LEASELINE_CM__TOKEN", "cm-token"),
        ("LEASELINE_CARRIERX__TOKEN", "carrierx-token"),
        ("LEASELINE_NOTIFY__TELEGRAM__TOKEN", CHANNEL_SECRETS[0]),
        ("LEASELINE_NOTIFY__WEBHOOK__SECRET", CHANNEL_SECRETS[1]),
    ];
    // A certificate is got or given, and so is a password.
    let manual = manual_in_full().replace("\nacme = ", "\n# acme = ");
    let manual = manual.replace("\npassword_file = ", "\n# password_file = ");
    from_file(&manual, &secrets).unwrap();
    for left in secrets {
        let others: Vec<_> = secrets.into_iter().filter(|other| *other != left).collect();
        let error = from_file(&manual, &others).unwrap_err().to_string();
        assert!(error.contains("contains a space"), "{error}");
    }
}

#[test]
fn every_option_can_be_set_by_its_variable() {
    for option in OPTIONS {
        let value = match option.kind {
            OptionKind::Address => "127.0.0.1:0",
            OptionKind::DatabaseUrl => "sqlite:other.db",
            OptionKind::Text if option.key == "telemetry.level" => "warn",
            OptionKind::Text if option.key == "push.path" => "/v1/PUSH_SMS_RENT",
            OptionKind::Text if option.key == "cm_wire.read" => "requests/{id}",
            OptionKind::Text if option.key == "tls.acme_contact" => "you@other.example",
            OptionKind::Text if option.key == "notify.telegram.chat" => "@another",
            OptionKind::Text if option.key == "notify.mail.host" => "mail.example",
            OptionKind::Text if option.key == "notify.mail.from" => "other@n.example",
            OptionKind::TextList if option.key == "notify.mail.to" => "other@n.example",
            OptionKind::Secret if option.key == "notify.telegram.token" => "7:another-bot",
            OptionKind::Text => "https://other.example",
            OptionKind::Secret | OptionKind::SecretList => "another-secret-0123",
            OptionKind::Duration if option.key == "notify.repeat" => "3m",
            OptionKind::Duration => "3s",
            OptionKind::Amount => "6",
            OptionKind::CurrencyCode => "EUR",
            OptionKind::TextList if option.key == "tls.acme" => "n.example,m.example",
            OptionKind::TextList => "another,word",
            OptionKind::NetworkList => "192.0.2.0/24,2001:db8::7",
            OptionKind::Count if option.key.ends_with("body_bytes_max") => "4096",
            OptionKind::Count => "6",
            OptionKind::Switch if option.key.ends_with("allow_http") || option.key == "storage.allow_plain" => "true",
            OptionKind::Switch => "false",
            OptionKind::Choice(choices) | OptionKind::ChoiceList(choices) => choices.rsplit('"').nth(1).unwrap(),
        };
        let name = options::variable(option.key);
        // Another currency than the dollar needs them.
        let rates = [("LEASELINE_RATES__USD", "92.50"), ("LEASELINE_RATES__EUR", "100")];
        // What it cannot do without.
        let besides: &[_] = match option.key {
            "tls.cert" => &[("LEASELINE_TLS__KEY", "key.pem")],
            "tls.key" => &[("LEASELINE_TLS__CERT", "cert.pem")],
            "storage.client_cert" => &[("LEASELINE_STORAGE__CLIENT_KEY", "client.key")],
            "storage.client_key" => &[("LEASELINE_STORAGE__CLIENT_CERT", "client.pem")],
            "backup.every" => &[("LEASELINE_BACKUP__FOLDER", "backups")],
            "backup.folder" => &[("LEASELINE_BACKUP__EVERY", "1h")],
            _ => &[],
        };
        let before = with_everything(&rates).unwrap().to_toml_redacted();
        let after = with_everything(&[&rates[..], &[(&*name, value)], besides].concat());
        let after = after.unwrap().to_toml_redacted();
        assert!(
            option.kind.is_secret() || before != after,
            "{name}={value} changed nothing"
        );
    }
}

#[test]
fn what_is_shown_can_be_loaded_again() {
    let config = with_everything(&[
        ("LEASELINE_PUSH__AGE_MAX", "1h 30m"),
        ("LEASELINE_CARRIERX__BUDGET_PER_DAY", "0.000001"),
        ("LEASELINE_RATES__USD", "92.50"),
    ]);
    let shown = config.unwrap().to_toml_redacted();
    let secrets = [
        ("LEASELINE_ADMIN__TOKEN", TOKEN),
        ("LEASELINE_SUPPLIERS__WEBHOOK_SECRET", WEBHOOK_SECRET),
        ("LEASELINE_NOTIFY__TELEGRAM__TOKEN", CHANNEL_SECRETS[0]),
        ("LEASELINE_NOTIFY__WEBHOOK__SECRET", CHANNEL_SECRETS[1]),
    ];
    let again = from_file(&shown, &secrets).unwrap();
    assert_eq!(again.push.age_max, Duration::from_mins(90));
    assert_eq!(again.to_toml_redacted(), shown);
}

#[test]
fn no_secret_is_shown_or_debugged() {
    let config = with_everything(&[]).unwrap();
    let shown = config.to_toml_redacted();
    for (option, times) in [
        ("keys = [\"***\"]", 1),
        ("\ntoken = \"***\"", 4),
        ("password = \"***\"", 3),
        ("secret = \"***\"", 2),
    ] {
        assert_eq!(shown.matches(option).count(), times, "{option}: {shown}");
    }
    let accounts = config.supplier_accounts().unwrap();
    let channels = config.notify.accounts().unwrap();
    for text in [
        shown,
        format!("{config:?}"),
        format!("{config:#?}"),
        format!("{accounts:?}"),
        format!("{channels:?}"),
    ] {
        let secrets = [KEY, TOKEN, WEBHOOK_SECRET]
            .into_iter()
            .chain(SUPPLIER_SECRETS)
            .chain(CHANNEL_SECRETS);
        let mut leaked = secrets.filter(|secret| text.contains(secret));
        assert_eq!(leaked.next(), None, "{text}");
    }
}

#[test]
fn an_unset_secret_is_shown_as_unset() {
    let shown = Config::load_for_upkeep::<&str, &str>(None, [])
        .unwrap()
        .to_toml_redacted();
    assert!(shown.contains("keys = []") && shown.contains("token = \"\""), "{shown}");
}

#[test]
fn no_secret_is_in_an_error() {
    for toml in [
        "[onlinesim]\nkeys = \"secret-value\"\n",
        "[onlinesim]\nkeys = [\"secret-value\", 5]\n",
        "[onlinesim]\nkeys = [\"secret-value\", \"secret-value\"]\n",
        "[onlinesim]\nkeys = [\"secret-value \"]\n",
        "[admin]\ntoken = \"secret-value\"\n",
        "[admin]\ntoken = [\"secret-value\"]\n",
        "[admin]\ntoken = secret-value\n",
        "[admin]\ntoken = \"secret-value\n",
        "[admin]\ntoken = \"a\\qsecret-value\"\n",
        "[push]\nurl = \"https://secret-value@example.org\"\n",
        "[suppliers]\nwebhook_secret = \"secret-value\"\n",
        "[suppliers]\nwebhook_secret = [\"secret-value\"]\n",
        "[multitel]\npassword = \"secret-value\"\n",
        "[multitel_v3]\nuser = \"a\"\npassword = \"secret-value\"\n",
        "[cm]\naccount = \"a\"\ntoken = \"secret-value \"\n",
        "[carrierx]\ntoken = \"secret-value\"\n",
        "[carrierx]\ntoken = { text = \"secret-value\" }\n",
        "[carrierx]\nurl = \"https://secret-value@example.org\"\n",
        "[push]\nurl = \"secret-value\"\n",
        "[notify.telegram]\ntoken = \"secret-value\"\nchat = \"1\"\n",
        "[notify.telegram]\ntoken = [\"secret-value\"]\n",
        "[notify.webhook]\nurl = \"https://a.example\"\nsecret = \"secret-value\"\n",
        "[notify.mail]\npassword = \"secret-value\"\n",
        "[notify.mail]\nhost = \"a.example\"\npassword = \"secret-value\"\n",
    ] {
        let error = file_refusal(toml);
        assert!(!error.contains("secret-value"), "{error}");
    }
    let error = refusal("LEASELINE_ONLINESIM__KEYS", "[\"secret-value\",");
    assert!(!error.contains("secret-value"), "{error}");
}
