//! Cleans every text of the report: no key, no token, no control character, bounded length.

use std::fmt::Write as _;

use regex::Regex;
use reqwest::Url;
use secrecy::ExposeSecret;

use super::RehearsalPlan;

/// Replaces a secret.
const HIDDEN: &str = "...";
/// A shorter part of the gateway's path is a word such as `in`: to hide it would hide much else.
const PART_MIN: usize = 8;
/// The same for a value in its query, which is seldom a word.
const VALUE_MIN: usize = 4;

/// Knows the secrets of a rehearsal.
#[derive(Clone, Default)]
pub(super) struct Redaction(Option<Regex>);

impl std::fmt::Debug for Redaction {
    // The pattern spells the secrets.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Redaction")
    }
}

impl Redaction {
    /// Hides the key, and what is secret of the gateway's address.
    pub(super) fn of(plan: &RehearsalPlan) -> Result<Self, String> {
        let gateway = plan.gateway_url.as_ref().map(ExposeSecret::expose_secret);
        let mut secrets = gateway.map(parts).unwrap_or_default();
        secrets.push(plan.key.expose_secret().to_owned());
        secrets.retain(|secret| !secret.is_empty());
        // Where two begin at the same place, the longer one.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let pattern: Vec<String> = secrets.iter().map(|secret| pattern(secret)).collect();
        let regex = (!pattern.is_empty()).then(|| Regex::new(&pattern.join("|")));
        let regex = regex.transpose();
        // The error would show the pattern.
        regex
            .map(Self)
            .map_err(|_| "the key or the gateway URL is too long".to_owned())
    }

    /// Hides before it truncates: half a secret is a secret, too.
    pub(super) fn clean(&self, text: &str, chars_max: usize) -> String {
        let text = match &self.0 {
            Some(secrets) => secrets.replace_all(text, HIDDEN),
            None => text.into(),
        };
        let visible = |character: char| if character.is_control() { ' ' } else { character };
        let mut characters = text.chars().map(visible);
        let mut clean: String = characters.by_ref().take(chars_max).collect();
        if characters.next().is_some() {
            clean += " ...";
        }
        clean
    }
}

/// The address as a whole, the long parts of its path, and the values of its query.
fn parts(gateway: &str) -> Vec<String> {
    let mut parts = vec![gateway.to_owned()];
    if let Ok(url) = Url::parse(gateway) {
        let path = url.path().split('/').filter(|part| part.len() >= PART_MIN);
        parts.extend(path.map(str::to_owned));
        let query = url.query().unwrap_or_default().split('&');
        let values = query.map(|pair| pair.split_once('=').map_or(pair, |(_, value)| value));
        parts.extend(values.filter(|value| value.len() >= VALUE_MIN).map(str::to_owned));
    }
    parts
}

/// A secret as it stands, and as JSON or a URL may spell it, also several times over: an error that quotes the body of a
/// request is itself a string in JSON.
fn pattern(secret: &str) -> String {
    let mut pattern = String::new();
    for character in secret.chars() {
        let plain = match character {
            '\\' => r"\\+".to_owned(),
            _ => format!(r"\\*{}", regex::escape(character.encode_utf8(&mut [0; 4]))),
        };
        let units = character
            .encode_utf16(&mut [0; 2])
            .iter()
            .fold(String::new(), |all, unit| {
                all + r"\\+u" + &either_case(&format!("{unit:04x}"))
            });
        let bytes = character
            .encode_utf8(&mut [0; 4])
            .bytes()
            .fold(String::new(), |all, byte| {
                all + "%" + &either_case(&format!("{byte:02x}"))
            });
        let _written = write!(pattern, "(?:{plain}|{units}|{bytes})");
    }
    pattern
}

fn either_case(hex: &str) -> String {
    let digit = |digit: char| match digit {
        'a'..='f' => format!("[{digit}{}]", digit.to_ascii_uppercase()),
        _ => digit.to_string(),
    };
    hex.chars().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hiding(secrets: &[&str]) -> Redaction {
        let patterns: Vec<String> = secrets.iter().map(|secret| pattern(secret)).collect();
        Redaction(Some(Regex::new(&patterns.join("|")).unwrap()))
    }

    #[test]
    fn a_secret_is_hidden_however_it_is_spelt() {
        let hiding = hiding(&["s3/k\"é\\y+"]);
        let plain = "s3/k\"é\\y+";
        let json = serde_json::json!(plain).to_string();
        let twice = serde_json::json!(json).to_string();
        let php = r#"s3\/k\"\u00e9\\y+"#;
        for text in [
            plain,
            &json,
            &twice,
            php,
            "s3%2Fk%22%c3%A9%5cy%2b",
            &format!("{plain:?}"),
        ] {
            let shown = hiding.clean(text, 99);
            assert!(shown.contains("...") && !shown.contains("s3"), "{text}: {shown}");
        }
        assert_eq!(hiding.clean("s3/k", 99), "s3/k");
    }

    #[test]
    fn what_is_left_is_cut_and_clean() {
        let hiding = hiding(&["secret"]);
        assert_eq!(hiding.clean("a\u{1b}[31m\nsecret", 99), "a [31m ...");
        assert_eq!(hiding.clean("12secret", 4), "12.. ...", "hidden before it is cut");
        assert_eq!(Redaction::default().clean("12345", 5), "12345");
    }

    #[test]
    fn the_gateways_address_has_a_token_somewhere() {
        let parts = |url| parts(url)[1..].join(" ");
        assert_eq!(parts("http://a/in/0123456789"), "0123456789");
        assert_eq!(parts("http://a/sms.php?to=x&token=abcd"), "abcd");
    }
}
