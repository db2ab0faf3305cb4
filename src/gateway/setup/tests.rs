use super::*;
use crate::gateway::settings::FieldPath;

const URL: &str = "https://sms.example.org/x/in/0123abcd";

fn instructions_of(kind: &str, secrets: &[&str], url: &str) -> String {
    let name = GatewayName::parse("bank1").unwrap();
    let settings = AdapterSettings {
        kind: GatewayKind::parse(kind).unwrap(),
        secrets: secrets.iter().map(|secret| (*secret).into()).collect(),
        ..AdapterSettings::default()
    };
    instructions(&name, &settings, url)
}

#[test]
fn every_text_names_the_url_and_is_filled_in() {
    for kind in GatewayKind::all() {
        let kind = kind.name;
        for secrets in [&[][..], &["s3cret-of-mine"]] {
            let text = instructions_of(kind, secrets, URL);
            assert!(text.starts_with("Gateway bank1: "), "{kind}");
            assert!(text.contains(URL) && text.contains("\ncurl -i '"), "{kind}");
            assert!(text.lines().any(|line| line.starts_with("curl -i 'https://")), "{kind}");
            assert!(text.ends_with('\n') && !text.contains("\n\n\n"), "{kind}");
            let place = text.split('@').skip(1).find(|word| {
                let letters = |letter: char| letter.is_ascii_uppercase() || letter == '_';
                !word.is_empty() && word.chars().all(letters)
            });
            assert_eq!(place, None, "{kind}");
            assert!(!text.contains("s3cret-of-mine"), "{kind}: the secret is in it");
        }
    }
}

/// What keeps each program from losing SMS.
const SETTINGS: [(&str, &[&str]); 10] = [
    (
        "kannel",
        &[
            "http-request-retry = 8640",
            "http-queue-delay = 10",
            "mo-recode = true",
            "max-messages = 0",
            "omit-empty = true",
            "catch-all = true",
            "?id=%I&from=%p&to=%P&",
            "&text=%b\"",
            "global-sender",
            "#accepted-smsc",
        ],
    ),
    (
        "jasmin",
        &[
            "method POST",
            "\ncid leaseline\n",
            "connector http(leaseline)",
            "\npersist\n",
            "a user and a password",
            "a name with a dot in it",
            "max_retries = 5760",
        ],
    ),
    (
        "gammu",
        &[
            "RunOnReceive = /usr/local/bin/leaseline-bank1",
            "\nservice = null\n",
            "PhoneID = ",
            "Environment=LC_ALL=C.UTF-8",
            "User=gammu",
        ],
    ),
    (
        "smstools",
        &[
            "eventhandler = /usr/local/bin/leaseline-bank1",
            "incoming_utf8 = yes",
            "decode_unicode_text = no",
            "internal_combine = yes",
            "User=smsd",
        ],
    ),
    ("sms-gate", &["\"event\": \"sms:received\"", "HTTPS"]),
    ("twilio", &["#rc=5&rp=all", "fallback"]),
    ("generic", &["[org_content]", "raise the number of retries"]),
    ("simbox", &["Dinstar", "Ejoin", "recv-sms"]),
    (
        "multitel",
        &["SMSRingType 2", "smsringtype 2", "gateway.duplicate_window"],
    ),
    (
        "carrierx",
        &["\"enabled\":true", "\"callback_url\":", "active_capabilities"],
    ),
];

#[test]
fn each_text_has_the_settings_that_keep_its_program_from_losing_sms() {
    for (kind, settings) in SETTINGS {
        let text = instructions_of(kind, &[], URL);
        for setting in settings {
            assert!(text.contains(setting), "{kind}: {setting}");
        }
    }
}

/// The names of the table and of the commands would be wrong.
#[test]
fn a_gateway_with_fields_of_its_own_gets_no_commands_that_fail() {
    let fields = FieldMap {
        from: Some(FieldPath::parse("who").unwrap()),
        ..FieldMap::default()
    };
    let settings = AdapterSettings {
        fields,
        ..AdapterSettings::default()
    };
    let text = instructions(&GatewayName::parse("bank1").unwrap(), &settings, URL);
    assert!(text.starts_with("Gateway bank1: ") && text.contains("\nhttps://sms.example.org/x/in/0123abcd\n"));
    assert!(
        text.contains("`fields`") && !text.contains("curl") && !text.contains("msisdn"),
        "{text}"
    );
}

/// Each way in which it forwards has placeholders of its own.
#[test]
fn playsms_gets_a_line_for_each_of_its_ways() {
    let text = instructions_of("generic", &[], URL);
    for ending in [
        "?from={SMSSENDER}&to={SMSRECEIVER}&text={CUSTOMRAW}",
        "?from={SANDBOX_SENDER}&to={SANDBOX_RECEIVER}&text={SANDBOX_MESSAGE}",
    ] {
        assert!(text.contains(&format!("\n{URL}{ending}\n")), "{ending}");
    }
    assert!(
        !text.contains("[timestamp]"),
        "SmsForwarder's is another one on each try"
    );
}

/// The stock files have the section: with two of it nothing is called.
#[test]
fn jasmin_gets_no_second_section() {
    let text = instructions_of("jasmin", &[], URL);
    assert!(!text.contains("\n[deliversm-thrower]") && text.contains("the section [deliversm-thrower] that is there"));
    for words in [
        "/etc/jasmin/deliversm.cfg",
        "--enable-deliver-thrower",
        "restart of RabbitMQ",
    ] {
        assert!(text.contains(words), "{words}");
    }
}

#[test]
fn kannel_gets_its_percent_signs_doubled() {
    let text = instructions_of("kannel", &[], "http://a.example/%41/in/t");
    assert!(text.contains("get-url = \"http://a.example/%%41/in/t?id=%I&"));
    assert!(text.contains("curl -i 'http://a.example/%41/in/t?id="));
}

#[test]
fn no_url_ends_a_quoted_text() {
    for kind in GatewayKind::all() {
        let kind = kind.name;
        let text = instructions_of(kind, &["s"], "http://a.example/'\"$`\\ й/in/t");
        assert!(
            text.contains("http://a.example/%27%22%24%60%5C%20%D0%B9/in/t"),
            "{kind}"
        );
    }
}

#[test]
fn a_signed_gateway_gets_a_signed_test() {
    for (kind, header) in [("sms-gate", "X-Signature: "), ("twilio", "X-Twilio-Signature: ")] {
        let signed = instructions_of(kind, &["s"], URL);
        assert!(
            signed.contains(header) && signed.contains("Signatures are checked"),
            "{kind}"
        );
        let unsigned = instructions_of(kind, &[], URL);
        assert!(
            !unsigned.contains(header) && unsigned.contains("Signatures are not checked"),
            "{kind}"
        );
    }
}

#[test]
fn only_programs_that_cannot_call_a_url_get_a_script() {
    let name = GatewayName::parse("bank1").unwrap();
    for kind in GatewayKind::all() {
        let kind = kind.name;
        let script = handler(&name, GatewayKind::parse(kind).unwrap(), URL);
        assert_eq!(script.is_some(), matches!(kind, "gammu" | "smstools"), "{kind}");
        if let Some(script) = script {
            assert!(
                script.starts_with("#!/bin/sh\n") && script.contains("\nURL='https://sms.example.org/x/in/0123abcd'\n")
            );
            assert!(instructions_of(kind, &[], URL).contains(&script), "{kind}");
        }
    }
}
