//! Each rule of the sections, with its message.

use super::*;
use crate::config::gateway::GatewayMethod;

#[test]
fn the_deadline_lies_below_that_of_the_protocol() {
    refused(
        "LEASELINE_ONLINESIM__DEADLINE",
        "12s",
        "onlinesim.deadline is 12s, but Onlinesim gives up on a request after 10 s: set at most 9s …",
    );
    assert!(with(&[("LEASELINE_ONLINESIM__DEADLINE", "9001ms")]).is_err());
    assert!(with(&[("LEASELINE_ONLINESIM__DEADLINE", "9s")]).is_ok());
}

#[test]
fn durations_are_above_zero_and_below_ten_years() {
    for (name, key) in [
        ("LEASELINE_ONLINESIM__DEADLINE", "onlinesim.deadline"),
        ("LEASELINE_PUSH__TIMEOUT", "push.timeout"),
        ("LEASELINE_PUSH__RETRY_EVERY", "push.retry_every"),
        ("LEASELINE_PUSH__AGE_MAX", "push.age_max"),
        ("LEASELINE_RENT__GUARD", "rent.guard"),
        ("LEASELINE_RENT__CLOCK_TOLERANCE", "rent.clock_tolerance"),
        ("LEASELINE_RENT__BAN", "rent.ban"),
        ("LEASELINE_GATEWAY__PARTS_TIMEOUT", "gateway.parts_timeout"),
        ("LEASELINE_GATEWAY__REPLAY_WINDOW", "gateway.replay_window"),
        ("LEASELINE_RETENTION__TEXTS", "retention.texts"),
        ("LEASELINE_RETENTION__SENDERS", "retention.senders"),
        ("LEASELINE_RETENTION__ATTEMPTS", "retention.attempts"),
        ("LEASELINE_RETENTION__MESSAGES", "retention.messages"),
        ("LEASELINE_TROUBLES__SMS_OVERDUE", "troubles.sms_overdue"),
        ("LEASELINE_TROUBLES__ONLINESIM_SILENT", "troubles.onlinesim_silent"),
    ] {
        refused(name, "0s", &format!("{key} is 0s: set more than 0s …"));
        assert!(with(&[(name, "3651d")]).is_err());
    }
    for name in ["LEASELINE_GATEWAY__DUPLICATE_WINDOW", "LEASELINE_RENT__REST"] {
        with(&[(name, "0s")]).unwrap();
        assert!(with(&[(name, "3651d")]).is_err());
    }
    let long = refusal("LEASELINE_RENT__START_GRACE", "5000d");
    assert!(
        long.starts_with("rent.start_grace is 5000d: set at most 3650d"),
        "{long}"
    );
}

#[test]
fn what_is_appended_to_the_push_url_is_a_path() {
    for path in [
        "pushSmsRent",
        "/",
        "/push/",
        "//push",
        "/push?a=b",
        "/push#a",
        "/pu sh",
        "https://o.example/push",
    ] {
        let error = refusal("LEASELINE_PUSH__PATH", path);
        assert!(
            error.starts_with("push.path must begin with a / and end without: set one such as"),
            "{error}"
        );
    }
}

#[test]
fn numbers_have_bounds() {
    for (name, bad, good) in [
        (
            "LEASELINE_ONLINESIM__BODY_BYTES_MAX",
            ["1023", "16777217"],
            ["1024", "16777216"],
        ),
        (
            "LEASELINE_ADMIN__BODY_BYTES_MAX",
            ["1023", "1073741825"],
            ["1024", "1073741824"],
        ),
        ("LEASELINE_ONLINESIM__PREFIXES_MAX", ["0", "100001"], ["1", "100000"]),
        ("LEASELINE_PUSH__PARALLEL", ["0", "1025"], ["1", "1024"]),
        ("LEASELINE_RENT__STRIKES_MAX", ["0", "101"], ["1", "100"]),
        (
            "LEASELINE_TROUBLES__DISK_FREE_BYTES_MIN",
            ["1152921504606846977", "1152921504606846978"],
            ["0", "1152921504606846976"],
        ),
        ("LEASELINE_TROUBLES__DISK_FREE_PERCENT_MIN", ["51", "100"], ["0", "50"]),
        (
            "LEASELINE_GATEWAY__SMS_PER_NUMBER_MAX",
            ["0", "1000001"],
            ["1", "1000000"],
        ),
    ] {
        for value in bad {
            let error = refusal(name, value);
            assert!(
                error.contains(&format!("is {value}: set {} to {}", good[0], good[1])),
                "{error}"
            );
        }
        for value in good {
            with(&[(name, value)]).unwrap();
        }
    }
}

#[test]
fn keys_and_tokens_fit_into_a_header() {
    for (value, sentence) in [
        ("a,,b", "contains an empty key: fill it in or remove it"),
        ("a,b,a", "contains the same key twice: set each key once"),
        (
            "a b",
            "contains a space or a character that a header cannot contain: set visible ASCII characters only",
        ),
        (
            "ключ",
            "contains a space or a character that a header cannot contain: set visible ASCII characters only",
        ),
    ] {
        refused(
            "LEASELINE_ONLINESIM__KEYS",
            value,
            &format!("onlinesim.keys {sentence} …"),
        );
    }
    refused(
        "LEASELINE_ADMIN__TOKEN",
        "123456789012345",
        "admin.token has 15 characters: set at least 16, for example with `openssl rand -hex 24` …",
    );
    assert!(with(&[("LEASELINE_ADMIN__TOKEN", "12345678 12345678")]).is_err());
    let shared = [("LEASELINE_ONLINESIM__KEYS", TOKEN)];
    assert_eq!(
        with(&shared).unwrap_err().to_string(),
        "admin.token is one of onlinesim.keys: set a token that only you know (it comes from LEASELINE_ADMIN__TOKEN)"
    );
}

#[test]
fn methods_of_gateways_are_those_that_carry_an_sms() {
    let methods = |value| with(&[("LEASELINE_GATEWAY__METHODS", value)]).unwrap().gateway.methods;
    assert_eq!(methods("POST"), [GatewayMethod::Post]);
    assert_eq!(
        methods("[\"PUT\", \"POST\"]"),
        [GatewayMethod::Put, GatewayMethod::Post]
    );
    let wanted = "set a list of \"GET\", \"POST\" and \"PUT\", or of some of them";
    for (value, sentence) in [
        ("post", &*format!("is [\"post\"]: {wanted}")),
        ("POST,HEAD", &format!("is [\"POST\", \"HEAD\"]: {wanted}")),
        ("[]", &format!("is empty: {wanted}, or remove it")),
        ("POST,POST", "contains the same method twice: set each method once"),
    ] {
        refused(
            "LEASELINE_GATEWAY__METHODS",
            value,
            &format!("gateway.methods {sentence} …"),
        );
    }
    assert_eq!(
        file_refusal("[gateway]\nmethods = \"POST\"\n"),
        format!("gateway.methods is \"POST\": {wanted} (it comes from my.toml)")
    );
}

#[test]
fn urls_are_for_http_and_hold_no_password() {
    for name in [
        "LEASELINE_PUSH__URL",
        "LEASELINE_ONLINESIM__PUBLIC_URL",
        "LEASELINE_GATEWAY__PUBLIC_URL",
    ] {
        for url in [
            "onlinesim",
            "ftp://o.example",
            "https://a:b@o.example",
            "http://o.example/#x",
        ] {
            assert!(with(&[(name, url)]).is_err(), "{url}");
        }
        with(&[(name, "http://127.0.0.1:8080/x")]).unwrap();
    }
    for name in ["LEASELINE_ONLINESIM__PUBLIC_URL", "LEASELINE_GATEWAY__PUBLIC_URL"] {
        let error = refusal(name, "https://n.example?x=y");
        assert!(error.contains(".public_url contains a ?"), "{error}");
    }
}

#[test]
fn the_two_listeners_differ() {
    let both = |partner, admin| {
        with(&[
            ("LEASELINE_ONLINESIM__LISTEN", partner),
            ("LEASELINE_ADMIN__LISTEN", admin),
        ])
    };
    for (partner, admin) in [
        ("127.0.0.1:80", "127.0.0.1:80"),
        ("0.0.0.0:80", "127.0.0.1:80"),
        ("127.0.0.1:80", "[::]:80"),
    ] {
        assert_eq!(
            both(partner, admin).unwrap_err().to_string(),
            format!(
                "admin.listen is {admin}, but onlinesim.listen is {partner}: set another port for one of them (it comes from LEASELINE_ADMIN__LISTEN)"
            )
        );
    }
    both("127.0.0.1:0", "127.0.0.1:0").unwrap();
    both("127.0.0.1:80", "127.0.0.2:80").unwrap();
}

#[test]
fn a_level_is_a_directive() {
    for level in [
        "info",
        "DEBUG",
        "off",
        "info,leaseline::worker=debug",
        "leaseline[span]=trace",
    ] {
        with(&[("LEASELINE_TELEMETRY__LEVEL", level)]).unwrap();
    }
    for level in ["inof", "info,", "leaseline=loud", "info;debug"] {
        let error = refusal("LEASELINE_TELEMETRY__LEVEL", level);
        assert!(
            error.starts_with(&format!("telemetry.level is \"{level}\": set error")),
            "{error}"
        );
    }
}

#[test]
fn countries_have_codes_and_lower_case_names() {
    for (code, name, part) in [
        ("RUS", "russia", "is not a country"),
        ("R1", "russia", "is not a country"),
        ("RU", "Russia", "is not in lower case"),
        ("RU", " russia", "is not in lower case"),
        ("RU", "", "is empty"),
        ("RU", "any", "means all countries"),
    ] {
        let error = refusal(&format!("LEASELINE_COUNTRIES__{code}"), name);
        assert!(
            error.starts_with(&format!("countries.{code} {part}")) || error.contains(part),
            "{error}"
        );
    }
    assert_eq!(
        file_refusal("[countries]\nru = \"russia\"\nRU = \"russia\"\n"),
        "countries.RU is set twice: keep one of them"
    );
}
