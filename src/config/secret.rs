//! How secrets are shown, and their value when they are not set.

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

/// Replaces a secret. An empty one is shown as empty: it is not set.
fn redacted(secret: &SecretString) -> &'static str {
    if secret.expose_secret().is_empty() { "" } else { "***" }
}

/// For `serialize_with` on one secret.
pub(super) fn one<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    redacted(secret).serialize(serializer)
}

/// For `serialize_with` on a secret that may be missing.
pub(super) fn optional<S: Serializer>(secret: &Option<SecretString>, serializer: S) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => one(secret, serializer),
        None => serializer.serialize_none(),
    }
}

/// For `serialize_with` on a list of secrets: only their number is shown.
pub(super) fn list<S: Serializer>(secrets: &[SecretString], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(secrets.iter().map(redacted))
}

/// A secret that is not set, which is possible only in [`super::Config::load_for_upkeep`].
pub(super) fn unset() -> SecretString {
    SecretString::from(String::new())
}
