//! Parses the rehearsal's arguments.

use std::ffi::OsStr;

use clap::builder::TypedValueParser;
use clap::error::ErrorKind;
use secrecy::SecretString;

/// The paths that are appended to the address.
const PATHS: [&str; 3] = ["/getServicesRent", "/getNumberRent", "/finishActivationRent"];

pub(super) fn partner_url(text: &str) -> Result<String, String> {
    base_url(text)?;
    match PATHS.iter().find(|path| text.ends_with(*path)) {
        Some(path) => Err(format!("leave {path} out: it is appended")),
        None => Ok(text.to_owned()),
    }
}

fn base_url(text: &str) -> Result<String, String> {
    let url = reqwest::Url::parse(text).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err("it must start with https:// or http://".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it must not contain a user name or a password".to_owned());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

pub(super) fn push_path(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let is_path = text.starts_with('/') && !text.ends_with('/') && text.bytes().all(is_plain);
    is_path
        .then(|| text.to_owned())
        .ok_or_else(|| "it must begin with a / and end without, such as /v1/PUSH_SMS_RENT".to_owned())
}

/// Refuses an empty key.
pub(super) fn key(text: &str) -> Result<SecretString, String> {
    let key = Some(text).filter(|text| !text.trim().is_empty());
    key.map(SecretString::from)
        .ok_or_else(|| "it must not be empty".to_owned())
}

/// Parses a URL that is a secret. Unlike the error of a function as parser, its error does not repeat the value.
#[derive(Debug, Clone, Copy)]
pub(super) struct GatewayUrl;

impl TypedValueParser for GatewayUrl {
    type Value = SecretString;

    fn parse_ref(
        &self,
        command: &clap::Command,
        _argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<SecretString, clap::Error> {
        let text = value.to_str().ok_or_else(|| "it must be UTF-8".to_owned());
        text.and_then(base_url).map(SecretString::from).map_err(|reason| {
            let message = format!("--gateway-url (or REHEARSE_GATEWAY_URL): {reason}\n");
            clap::Error::raw(ErrorKind::ValueValidation, message).with_cmd(command)
        })
    }
}

pub(super) fn most(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| (1..=1000).contains(count));
    count.ok_or_else(|| "it must be 1 to 1000".to_owned())
}
