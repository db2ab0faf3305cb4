//! Which layer wins, and how the environment is read.

use std::path::Path;
use std::time::Duration;

use secrecy::ExposeSecret;

use super::*;
use crate::config::gateway::GatewayMethod;
use crate::config::onlinesim::OnlinesimAuth;
use crate::config::push::{PhoneKind, SmsIdKind};
use crate::config::telemetry::LogFormat;

fn keys(config: &Config) -> Vec<&str> {
    config.onlinesim.keys.iter().map(ExposeSecret::expose_secret).collect()
}

#[test]
fn the_defaults_are_those_of_the_manual() {
    let config = with(&[]).unwrap();
    assert_eq!(config.onlinesim.listen.to_string(), "0.0.0.0:8080");
    assert_eq!(config.onlinesim.public_url, None);
    assert_eq!(config.onlinesim.auth, OnlinesimAuth::Bearer);
    assert_eq!(config.onlinesim.deadline, Duration::from_secs(8));
    assert_eq!(config.onlinesim.body_bytes_max, 65_536);
    assert_eq!(config.admin.listen.to_string(), "127.0.0.1:8081");
    assert_eq!(config.admin.body_bytes_max, 33_554_432);
    assert_eq!(config.storage.url.expose(), "sqlite:leaseline.db");
    assert_eq!(config.push.timeout, Duration::from_secs(10));
    assert_eq!(config.push.retry_every, Duration::from_secs(10));
    assert_eq!(config.push.parallel, 64);
    assert_eq!(config.push.sms_id, SmsIdKind::Operation);
    assert_eq!(config.push.phone, PhoneKind::String);
    assert_eq!(config.push.age_max, Duration::from_hours(24));
    assert_eq!(config.rent.guard, Duration::from_mins(20));
    assert_eq!(config.rent.guard_grace, Duration::from_secs(60));
    assert_eq!(config.rent.start_grace, Duration::from_secs(60));
    assert_eq!(config.rent.strikes_max, 3);
    assert_eq!(config.rent.ban, Duration::from_hours(24));
    assert_eq!(config.rent.rest, Duration::from_secs(60));
    assert_eq!(config.gateway.public_url, None);
    assert_eq!(config.gateway.duplicate_window, Duration::from_secs(60));
    assert_eq!(config.gateway.parts_timeout, Duration::from_mins(3));
    assert_eq!(config.gateway.replay_window, Duration::from_mins(5));
    use GatewayMethod::{Get, Post, Put};
    assert_eq!(config.gateway.methods, [Get, Post, Put]);
    let retention = &config.retention;
    let days = [
        retention.texts,
        retention.senders,
        retention.attempts,
        retention.messages,
    ];
    assert_eq!(days.map(|kept| kept.as_secs() / 86_400), [7, 30, 30, 90]);
    assert_eq!(config.troubles.sms_overdue, Duration::from_mins(2));
    assert_eq!(config.troubles.onlinesim_silent, Duration::from_mins(10));
    assert_eq!(config.troubles.disk_free_bytes_min, 1 << 30);
    assert_eq!(config.troubles.disk_free_percent_min, 5);
    assert_eq!(config.telemetry.format, LogFormat::Text);
    assert_eq!(config.telemetry.level, "info");
    assert!(config.countries.is_empty());
    assert!(config.rates.is_empty());
    assert_eq!(config.suppliers.timeout, Duration::from_secs(30));
    assert_eq!(config.suppliers.poll, Duration::from_secs(60));
    assert_eq!(config.suppliers.pause_max, Duration::from_hours(1));
    assert_eq!(config.multitel_v3.url, "https://api.multitel.net/v3");
    assert_eq!(config.multitel.url, "https://api.multitel.net/json");
    assert_eq!(config.cm.url, "https://api.cm.com");
    assert_eq!(config.carrierx.url, "https://api.carrierx.com/core/v2");
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let toml = "[onlinesim]\nkeys = [\"old\", \"older\"]\ndeadline = \"5s\"\nauth = \"body\"\n";
    let variables = [
        ("LEASELINE_ONLINESIM__DEADLINE", "500ms"),
        ("LEASELINE_ONLINESIM__KEYS", "new"),
    ];
    let config = from_file(toml, &variables).unwrap();
    assert_eq!(config.onlinesim.deadline, Duration::from_millis(500));
    assert_eq!(keys(&config), ["new"], "a list is replaced, not joined");
    assert_eq!(config.onlinesim.auth, OnlinesimAuth::Body);
    assert_eq!(config.onlinesim.body_bytes_max, 65_536);
}

#[test]
fn a_list_in_the_environment_is_json_or_separated_by_commas() {
    for (text, expected) in [
        ("one", vec!["one"]),
        ("one,two", vec!["one", "two"]),
        (" one , two ", vec!["one", "two"]),
        ("12345,0777", vec!["12345", "0777"]),
        (r#"["one","t,wo"]"#, vec!["one", "t,wo"]),
    ] {
        let config = with(&[("LEASELINE_ONLINESIM__KEYS", text)]).unwrap();
        assert_eq!(keys(&config), expected);
    }
}

#[test]
fn what_looks_like_a_number_stays_a_text_where_a_text_is_due() {
    let config = with(&[
        ("LEASELINE_ONLINESIM__KEYS", "007"),
        ("LEASELINE_ADMIN__TOKEN", "12345678901234567890"),
        ("LEASELINE_PUSH__PARALLEL", "7"),
    ])
    .unwrap();
    assert_eq!(keys(&config), ["007"]);
    assert_eq!(config.admin.token.expose_secret(), "12345678901234567890");
    assert_eq!(config.push.parallel, 7);
}

#[test]
fn countries_are_joined_and_their_codes_are_upper_case() {
    let toml = "[countries]\nru = \"russia\"\nUS = \"america\"\n";
    let config = from_file(toml, &[("LEASELINE_COUNTRIES__us", "usa")]).unwrap();
    let countries: Vec<_> = config
        .countries
        .iter()
        .map(|(code, name)| (code.as_str(), name.as_str()))
        .collect();
    assert_eq!(countries, [("RU", "russia"), ("US", "usa")]);
}

#[test]
fn variables_of_others_are_left_alone() {
    with(&[
        ("PATH", "/bin"),
        ("LEASELINE_CONFIG", "leaseline.toml"),
        ("LEASELINE_SERVICE_HOST", "10.0.0.1"),
        ("LEASELINE_SERVICE_PORT", "8080"),
        ("LEASELINE_PORT", "tcp://10.0.0.1:8080"),
        ("LEASELINE_PORT_8080_TCP_ADDR", "10.0.0.1"),
    ])
    .unwrap();
}

#[test]
fn small_durations_serve_a_rehearsal() {
    let config = with(&[
        ("LEASELINE_RENT__GUARD", "2s"),
        ("LEASELINE_RENT__GUARD_GRACE", "0s"),
        ("LEASELINE_RENT__START_GRACE", "0s"),
        ("LEASELINE_RENT__BAN", "1ms"),
        ("LEASELINE_PUSH__RETRY_EVERY", "500ms"),
    ])
    .unwrap();
    assert_eq!(config.rent.guard, Duration::from_secs(2));
    assert!(config.rent.guard_grace.is_zero());
}

#[test]
fn upkeep_needs_none_of_the_required_options() {
    let config = Config::load_for_upkeep::<&str, &str>(None, []).unwrap();
    assert!(config.onlinesim.keys.is_empty());
    assert_eq!(config.storage.url.expose(), "sqlite:leaseline.db");
    let wrong = Config::load_for_upkeep(None, [("LEASELINE_STORAGE__URL", "postgres://x")]);
    assert!(wrong.is_err(), "all else is as strict");
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = Config::load(Some(Path::new("no-such.toml")), REQUIRED).unwrap_err();
    assert!(
        error.to_string().starts_with("no-such.toml cannot be read: "),
        "{error}"
    );
}

#[test]
fn push_goes_to_the_path_of_the_protocol_once() {
    for (url, endpoint) in [
        ("https://o.example", "https://o.example/pushSmsRent"),
        ("https://o.example/api/", "https://o.example/api/pushSmsRent"),
        ("https://o.example/api/pushSmsRent", "https://o.example/api/pushSmsRent"),
        (
            "https://o.example/api/pushSmsRent/",
            "https://o.example/api/pushSmsRent",
        ),
        ("https://o.example/api?a=b", "https://o.example/api/pushSmsRent?a=b"),
        (
            "https://o.example/v1/PUSH_SMS_RENT",
            "https://o.example/v1/PUSH_SMS_RENT",
        ),
    ] {
        assert_eq!(with(&[("LEASELINE_PUSH__URL", url)]).unwrap().push.endpoint(), endpoint);
    }
    for (url, path, endpoint) in [
        (
            "https://o.example/",
            "/v1/PUSH_SMS_RENT",
            "https://o.example/v1/PUSH_SMS_RENT",
        ),
        (
            "https://o.example/v1/PUSH_SMS_RENT/",
            "/v1/PUSH_SMS_RENT",
            "https://o.example/v1/PUSH_SMS_RENT",
        ),
        (
            "https://o.example/pushSmsRent",
            "/v1/PUSH_SMS_RENT",
            "https://o.example/pushSmsRent",
        ),
        (
            "https://o.example/my/sms?a=b",
            "/my/sms",
            "https://o.example/my/sms?a=b",
        ),
    ] {
        let set = with(&[("LEASELINE_PUSH__URL", url), ("LEASELINE_PUSH__PATH", path)]);
        assert_eq!(set.unwrap().push.endpoint(), endpoint, "{url} {path}");
    }
}

#[test]
fn gateways_get_the_public_url_or_the_address_of_the_listener() {
    let base = |variables: &[(&str, &str)], bound: &str| {
        let config = with(variables).unwrap();
        config
            .gateway
            .public_base(&config.onlinesim, &config.tls, bound.parse().unwrap())
    };
    assert_eq!(base(&[], "127.0.0.1:4711"), "http://127.0.0.1:4711");
    assert_eq!(base(&[], "0.0.0.0:4711"), "http://127.0.0.1:4711");
    let onlinesim = ("LEASELINE_ONLINESIM__PUBLIC_URL", "https://n.example/x/");
    assert_eq!(base(&[onlinesim], "127.0.0.1:4711"), "https://n.example/x");
    let own = ("LEASELINE_GATEWAY__PUBLIC_URL", "https://sms.example/");
    assert_eq!(base(&[onlinesim, own], "127.0.0.1:4711"), "https://sms.example");
    let files = [("LEASELINE_TLS__CERT", "cert.pem"), ("LEASELINE_TLS__KEY", "key.pem")];
    assert_eq!(base(&files, "0.0.0.0:4711"), "https://127.0.0.1:4711");
    let acme = ("LEASELINE_TLS__ACME", "n.example,m.example");
    assert_eq!(base(&[acme], "0.0.0.0:4711"), "https://n.example");
    assert_eq!(base(&[acme, own], "0.0.0.0:4711"), "https://sms.example");
}
