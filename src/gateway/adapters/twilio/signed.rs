//! Twilio's signature: `X-Twilio-Signature` is the base64 of an HMAC-SHA1, by the account's auth token, over the public URL
//! and the names and values of the form.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::Hmac;
use secrecy::SecretString;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::Shape;
use crate::gateway::form::FormFields;
use crate::gateway::raw_request::RawRequest;
use crate::gateway::signature;

/// The error begins with the header or the parameter.
pub(super) fn check(secrets: &[SecretString], shape: Shape, incoming: &RawRequest<'_>) -> Result<(), String> {
    let given = incoming.headers.get("X-Twilio-Signature");
    let given = given.ok_or("X-Twilio-Signature is missing: the gateway's requests have to be signed")?;
    let given = STANDARD.decode(given.as_bytes()).unwrap_or_default();
    let values = match shape {
        Shape::Query => Vec::new(),
        Shape::Form => joined(incoming.body),
        Shape::Json => {
            check_body_hash(incoming)?;
            Vec::new()
        }
    };
    let is_signed = spellings(incoming.public_base).into_iter().any(|base| {
        let pieces = [base.as_bytes(), incoming.path_and_query.as_bytes(), values.as_slice()];
        signature::is_by_one_of::<Hmac<Sha1>>(secrets, &pieces, &given)
    });
    if is_signed {
        Ok(())
    } else {
        Err(
            "X-Twilio-Signature is not that of this request by one of the gateway's keys; \
             gateway.public_url has to be the URL as it is entered at Twilio"
                .to_owned(),
        )
    }
}

/// Names and values, sorted, one after the other; repeated pairs count once.
fn joined(body: &[u8]) -> Vec<u8> {
    let form = FormFields::parse(body);
    let mut pairs: Vec<_> = form.pairs().collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
        .iter()
        .flat_map(|(name, value)| [*name, *value].concat())
        .collect()
}

/// A JSON body is not signed itself: its hash is in the URL, which is signed.
fn check_body_hash(incoming: &RawRequest<'_>) -> Result<(), String> {
    let given = FormFields::parse(incoming.query.as_bytes()).word("bodySHA256");
    let given = given.ok_or("bodySHA256 is missing: a request with a JSON body has to have it in the query")?;
    let hash: [u8; 32] = Sha256::digest(incoming.body).into();
    if hex::decode(given).is_ok_and(|given| given == hash) {
        Ok(())
    } else {
        Err("bodySHA256 is not the hash of the body".to_owned())
    }
}

/// The URL with its port and without: Twilio signs one of the two.
fn spellings(base: &str) -> [String; 2] {
    let (scheme, rest) = base.split_once("://").unwrap_or(("https", base));
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let port = authority.rsplit_once(':');
    let port = port.filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let other = match (port, scheme) {
        (Some((host, _)), _) => host.to_owned(),
        (None, "http") => format!("{authority}:80"),
        (None, _) => format!("{authority}:443"),
    };
    [base.to_owned(), format!("{scheme}://{other}{path}")]
}
