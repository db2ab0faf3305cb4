//! Multitel, both of its APIs: a form per message. It has no id, no time and no signature. That numbers of the older API
//! are served in the same way is inferred.

use crate::domain::sms::InboundSms;
use crate::gateway::destination::receiver;
use crate::gateway::form::FormFields;
use crate::gateway::json::bounded;
use crate::gateway::kind::GatewayKind;
use crate::gateway::raw_request::{ParseError, Parsed, RawRequest};
use crate::gateway::settings::AdapterSettings;
use crate::gateway::setup::SetupText;

/// The field of a picture message, once for each URL: `mediaurls[0]`, `mediaurls[1]`.
const MEDIA: &[u8] = b"mediaurls";

pub(super) static KIND: GatewayKind = GatewayKind {
    name: "multitel",
    parse,
    acknowledgement: None,
    setup: SetupText::Plain(include_str!("../setup/multitel.txt")),
    takes: &[],
    signs_url: false,
};

fn parse(_: &AdapterSettings, incoming: &RawRequest<'_>) -> Result<Parsed, ParseError> {
    let sms = message(incoming).map_err(ParseError::Bad)?;
    Ok(Parsed::Messages(vec![sms]))
}

fn message(incoming: &RawRequest<'_>) -> Result<InboundSms, String> {
    let form = FormFields::of(incoming)?;
    let to = form.word("to").ok_or("to is missing")?;
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let media = form
        .pairs()
        .filter(|(name, value)| name.starts_with(MEDIA) && !value.is_empty());
    // The words of a picture message are a file at one of the URLs.
    let lines: Vec<String> = form
        .first("text")
        .into_iter()
        .chain(media.map(|(_, url)| url))
        .map(text)
        .collect();
    if lines.is_empty() {
        return Err("text is missing".to_owned());
    }
    let sms = InboundSms {
        external_id: None,
        receiver: receiver(Some(&to), vec![]).map_err(|error| format!("to {error}"))?,
        sender: form.word("from").ok_or("from is missing")?,
        text: lines.join("\n").trim_start_matches('\n').into(),
        sent_at: None,
        part: None,
    };
    bounded(sms, str::to_owned)
}

#[cfg(test)]
mod tests {
    use crate::gateway::adapters::tests::{TestRequest, of_kind, summary};

    fn parsed(form: &str) -> String {
        summary(&of_kind("multitel"), &TestRequest::posting(form).form())
    }

    #[test]
    fn an_sms_and_a_picture_message_are_read() {
        for (form, expected) in [
            (
                "from=15550001111&to=33700000001&text=Your+code+is+4321",
                r#"no id: 15550001111 to 33700000001 at ?: "Your code is 4321""#,
            ),
            (
                "from=15550001111&to=33700000001&mediaurls%5B0%5D=https%3A%2F%2Fm.example%2F1.txt&mediaurls%5B1%5D=https%3A%2F%2Fm.example%2F2.jpg",
                r#"no id: 15550001111 to 33700000001 at ?: "https://m.example/1.txt\nhttps://m.example/2.jpg""#,
            ),
            (
                "from=15550001111&to=33700000001&text=&mediaurls=https%3A%2F%2Fm.example%2F1.jpg",
                r#"no id: 15550001111 to 33700000001 at ?: "https://m.example/1.jpg""#,
            ),
            ("from=VK&to=33700000001&text=", r#"no id: VK to 33700000001 at ?: """#),
            (
                "from=VK&to=33700000001&text=%D0%9A%ff",
                "no id: VK to 33700000001 at ?: \"К\u{fffd}\"",
            ),
        ] {
            assert_eq!(parsed(form), expected, "{form}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (form, error) in [
            ("to=33700000001&text=x", "from is missing"),
            ("from=VK&text=x", "to is missing"),
            ("from=VK&to=33700000001", "text is missing"),
            ("from=VK&to=33700000001&mediaurls=", "text is missing"),
        ] {
            assert_eq!(parsed(form), format!("bad: {error}"), "{form}");
        }
        let long = "x".repeat(101);
        assert_eq!(
            parsed(&format!("from={long}&to=33700000001&text=x")),
            "bad: from must not be longer than 100 characters"
        );
    }
}
