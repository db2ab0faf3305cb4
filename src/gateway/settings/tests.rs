//! Which settings a kind of gateway takes.

use super::*;
use crate::gateway::kind::UnknownKind;

/// The simplest of that kind.
fn simplest(kind: &'static GatewayKind) -> AdapterSettings {
    AdapterSettings {
        kind,
        unsigned: kind.is_signed(),
        ..AdapterSettings::default()
    }
}

fn twilio() -> &'static GatewayKind {
    GatewayKind::parse("twilio").unwrap()
}

fn secrets(texts: &[&str]) -> Vec<SecretString> {
    texts.iter().map(|text| SecretString::from(*text)).collect()
}

#[test]
fn a_kind_has_its_name() {
    for kind in GatewayKind::all() {
        assert_eq!(GatewayKind::parse(kind.name), Ok(*kind));
    }
    assert_eq!(GatewayKind::parse("Kannel"), Err(UnknownKind));
}

#[test]
fn a_path_is_names_with_dots() {
    assert_eq!(
        FieldPath::parse("data.payload.from").unwrap().as_str(),
        "data.payload.from"
    );
    for text in ["", ".", "a.", ".a", "a..b", &"x".repeat(201)] {
        assert_eq!(FieldPath::parse(text), Err(InvalidFieldPath), "{text}");
    }
}

#[test]
fn each_field_of_the_map_has_its_place() {
    let mut map = FieldMap::default();
    for name in FieldMap::NAMES {
        *map.path_mut(name).unwrap() = FieldPath::parse(name).ok();
    }
    for (name, path) in map.paths() {
        assert_eq!(path.map(FieldPath::as_str), Some(name));
    }
    assert!(map.path_mut("sender").is_none());
}

#[test]
fn a_setting_of_another_kind_is_refused_by_its_name() {
    for kind in GatewayKind::all() {
        let mut with_fields = simplest(kind);
        with_fields.fields.from = FieldPath::parse("sender").ok();
        let mut with_answer = simplest(kind);
        with_answer.answer = Some(CustomReply {
            content_type: "text/plain".to_owned(),
            text: "OK".to_owned(),
        });
        let with_secrets = AdapterSettings {
            secrets: secrets(&["key"]),
            unsigned: false,
            ..simplest(kind)
        };
        let with_character_set = AdapterSettings {
            character_set: DefaultCharacterSet::Latin1,
            ..simplest(kind)
        };
        let unsigned = AdapterSettings {
            unsigned: true,
            ..simplest(kind)
        };
        let is_flat = ["generic", "gammu", "smstools"].contains(&kind.name);
        let is_signed = ["sms-gate", "twilio"].contains(&kind.name);
        for (field, settings, fits) in [
            ("fields", with_fields, kind.name == "generic"),
            ("answer", with_answer, is_flat),
            ("secrets", with_secrets, is_signed),
            ("character_set", with_character_set, kind.name == "jasmin"),
            ("unsigned", unsigned, is_signed),
        ] {
            match settings.checked() {
                Ok(_) => assert!(fits, "{kind}: {field}"),
                Err(invalid) => {
                    assert!(!fits, "{kind}: {invalid}");
                    let beginning = format!("{field} is not for the kind {kind}: ");
                    assert!(invalid.to_string().starts_with(&beginning), "{invalid}");
                }
            }
        }
        assert!(simplest(kind).checked().is_ok());
    }
}

#[test]
fn a_kind_that_signs_has_a_secret_or_is_unsigned() {
    for kind in GatewayKind::all() {
        for (keys, unsigned) in [(&[][..], false), (&[], true), (&["key"], false), (&["key"], true)] {
            let settings = AdapterSettings {
                secrets: secrets(keys),
                unsigned,
                ..simplest(kind)
            };
            let fits = if kind.is_signed() {
                keys.is_empty() == unsigned
            } else {
                keys.is_empty() && !unsigned
            };
            assert_eq!(
                settings.checked().is_ok(),
                fits,
                "{kind}: {keys:?}, unsigned {unsigned}"
            );
        }
    }
    let silent = AdapterSettings {
        unsigned: false,
        ..simplest(twilio())
    };
    assert_eq!(silent.checked(), Err(InvalidAdapterSettings::SecretsMissing(twilio())));
}

#[test]
fn rule_12_secrets_and_answers_have_bounds() {
    let signed = |secrets| AdapterSettings {
        secrets,
        unsigned: false,
        ..simplest(twilio())
    };
    let long = "я".repeat(SECRET_CHARS_MAX);
    assert!(signed(secrets(&[&long])).checked().is_ok());
    assert!(signed(secrets(&["k"; SECRETS_MAX])).checked().is_ok());
    for wrong in [
        secrets(&[&format!("{long}я")]),
        secrets(&[""]),
        secrets(&["k"; SECRETS_MAX + 1]),
    ] {
        assert_eq!(signed(wrong).checked(), Err(InvalidAdapterSettings::Secrets));
    }
    let answered = |content_type: &str, text: &str| {
        let answer = CustomReply {
            content_type: content_type.to_owned(),
            text: text.to_owned(),
        };
        let answer = Some(answer);
        AdapterSettings {
            answer,
            ..AdapterSettings::default()
        }
        .checked()
        .map(drop)
    };
    assert_eq!(
        answered("text/plain; charset=utf-8", &"я".repeat(ANSWER_CHARS_MAX)),
        Ok(())
    );
    assert_eq!(
        answered("a/b", &"x".repeat(ANSWER_CHARS_MAX + 1)),
        Err(InvalidAdapterSettings::AnswerText)
    );
    for content_type in [
        "",
        "text",
        "a/b\r\nX: y",
        "a/я",
        &format!("a/{}", "x".repeat(CONTENT_TYPE_CHARS_MAX)),
    ] {
        assert_eq!(
            answered(content_type, ""),
            Err(InvalidAdapterSettings::ContentType),
            "{content_type}"
        );
    }
}

#[test]
fn rule_11_a_secret_is_not_shown() {
    let shown = format!(
        "{:?}",
        AdapterSettings {
            secrets: secrets(&["letmein"]),
            ..simplest(twilio())
        }
    );
    assert!(!shown.contains("letmein"), "{shown}");
}
