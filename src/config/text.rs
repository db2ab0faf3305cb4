//! Values that are written as texts and have a type of their own: currencies, amounts of money and networks.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serializer};

/// For `serde(with)`.
pub(super) fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// For `serde(with)`. A number without quotes is refused: it may have lost decimals.
pub(super) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(D::Error::custom)
}

/// The same for a value that may be missing.
pub(super) mod optional {
    use super::{Deserializer, Display, FromStr, Serializer};

    pub(in crate::config) fn serialize<T: Display, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }

    pub(in crate::config) fn deserialize<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        super::deserialize(deserializer).map(Some)
    }
}

/// For `serde(with)`: a list of networks.
pub(super) mod networks {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use crate::domain::network::Networks;

    pub(in crate::config) fn serialize<S: Serializer>(value: &Networks, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(value.texts())
    }

    pub(in crate::config) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Networks, D::Error> {
        let texts = Vec::<String>::deserialize(deserializer)?;
        Networks::parse(texts.iter().map(String::as_str)).map_err(D::Error::custom)
    }
}
