//! The request that creates or changes a gateway. A missing field stays as it is; null resets a setting to its default.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::admin::body::{BoundedDuration, nullable, present};
use crate::admin::problem::Problem;
use crate::domain::gateway::{GatewayName, HeartbeatTimeout};
use crate::domain::network::Networks;
use crate::flow::change_gateway::GatewayPatch;
use crate::gateway::kind::GatewayKind;
use crate::gateway::settings::{AdapterSettingsPatch, CustomReply, DefaultCharacterSet, FieldMap, FieldPath};

/// Values by name; null counts as missing.
type Texts = BTreeMap<String, Option<String>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::admin) struct GatewayRequest {
    /// For a new gateway only.
    #[serde(default, deserialize_with = "name")]
    pub(super) name: Option<GatewayName>,
    #[serde(default, deserialize_with = "present")]
    enabled: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    capacity: Option<Option<u32>>,
    #[serde(default, deserialize_with = "present")]
    heartbeat_timeout: Option<Option<BoundedDuration>>,
    #[serde(default, deserialize_with = "present")]
    allow: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "kind")]
    kind: Option<&'static GatewayKind>,
    #[serde(default, deserialize_with = "present")]
    fields: Option<Option<Texts>>,
    #[serde(default, deserialize_with = "present")]
    answer: Option<Option<Texts>>,
    #[serde(default, deserialize_with = "present")]
    secrets: Option<Option<Vec<SecretString>>>,
    #[serde(default, deserialize_with = "present")]
    unsigned: Option<bool>,
    #[serde(default, deserialize_with = "character_set")]
    character_set: Option<DefaultCharacterSet>,
}

fn name<'de, D: Deserializer<'de>>(value: D) -> Result<Option<GatewayName>, D::Error> {
    let name = String::deserialize(value)?;
    GatewayName::parse(name.trim()).map(Some).map_err(D::Error::custom)
}

fn kind<'de, D: Deserializer<'de>>(value: D) -> Result<Option<&'static GatewayKind>, D::Error> {
    nullable(value, GatewayKind::parse).map(|kind| Some(kind.unwrap_or_default()))
}

fn character_set<'de, D: Deserializer<'de>>(value: D) -> Result<Option<DefaultCharacterSet>, D::Error> {
    let character_set = nullable(value, |text| {
        DefaultCharacterSet::parse(text).ok_or("must be gsm or latin1")
    });
    character_set.map(|character_set| Some(character_set.unwrap_or_default()))
}

impl GatewayRequest {
    /// The changes of the gateway and of its adapter's settings.
    pub(super) fn patches(self) -> Result<(GatewayPatch, AdapterSettingsPatch), Problem> {
        let timeout = |BoundedDuration(duration)| HeartbeatTimeout::new(duration);
        let timeout = self.heartbeat_timeout.map(|duration| duration.map(timeout).transpose());
        let timeout = timeout.transpose();
        let patch = GatewayPatch {
            enabled: self.enabled,
            capacity: self.capacity,
            heartbeat_timeout: timeout.map_err(|error| Problem::bad(format!("heartbeat_timeout {error}")))?,
            allow: self
                .allow
                .map(|texts| networks(&texts.unwrap_or_default()))
                .transpose()?,
            adapter: None,
        };
        let fields = self.fields.map(|paths| field_map(paths.unwrap_or_default()));
        let answer = self.answer.map(|parts| parts.map(custom_reply).transpose());
        let adapter = AdapterSettingsPatch {
            kind: self.kind,
            fields: fields.transpose()?,
            answer: answer.transpose()?,
            secrets: self.secrets.map(Option::unwrap_or_default),
            unsigned: self.unsigned,
            character_set: self.character_set,
        };
        Ok((patch, adapter))
    }
}

fn networks(texts: &[String]) -> Result<Networks, Problem> {
    let networks = Networks::parse(texts.iter().map(String::as_str));
    networks.map_err(|error| Problem::bad(format!("allow: {error}")))
}

fn field_map(paths: Texts) -> Result<FieldMap, Problem> {
    let mut map = FieldMap::default();
    for (name, path) in paths {
        let entry = map.path_mut(&name).ok_or_else(|| {
            let names = FieldMap::NAMES.join(", ");
            Problem::bad(format!("fields.{name} is not a field of an SMS; they are {names}"))
        })?;
        let path = path.map(|path| FieldPath::parse(&path)).transpose();
        *entry = path.map_err(|error| Problem::bad(format!("fields.{name} {error}")))?;
    }
    Ok(map)
}

fn custom_reply(mut parts: Texts) -> Result<CustomReply, Problem> {
    let mut part = |name: &str| parts.remove(name).flatten();
    let reply = CustomReply {
        content_type: part("content_type").unwrap_or_else(|| "text/plain; charset=utf-8".to_owned()),
        text: part("text").unwrap_or_default(),
    };
    match parts.keys().next() {
        None => Ok(reply),
        Some(field) => Err(Problem::bad(format!(
            "answer.{field} is not a field; they are content_type and text"
        ))),
    }
}
