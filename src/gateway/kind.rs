//! The kinds of gateways: one descriptor each, exported by its adapter.

use std::fmt;

use super::adapters::{ALL, generic};
use super::raw_request::{ParseError, Parsed, RawRequest};
use super::settings::{AdapterSettings, Setting};
use super::setup::SetupText;

/// All that differs between the programs and boxes that deliver SMS.
pub struct GatewayKind {
    /// As the API, the command line and the database name it.
    pub name: &'static str,
    /// Reads a request.
    pub(super) parse: fn(&AdapterSettings, &RawRequest<'_>) -> Result<Parsed, ParseError>,
    /// Media type and text of the 200, unless [`AdapterSettings::answer`] replaces them. `None`: an empty body, because some
    /// programs send any other to the sender as a paid SMS.
    pub(super) acknowledgement: Option<(&'static str, &'static str)>,
    /// The setup instructions.
    pub(super) setup: SetupText,
    /// Which settings it takes.
    pub(super) takes: &'static [Setting],
    /// Whether a signature covers the URL as the program calls it.
    pub signs_url: bool,
}

/// A name that no kind of gateway has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be {}", listed(ALL.iter().copied(), "or"))]
pub struct UnknownKind;

impl GatewayKind {
    /// All of them.
    #[must_use]
    pub const fn all() -> &'static [&'static Self] {
        &ALL
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Result<&'static Self, UnknownKind> {
        ALL.into_iter().find(|kind| kind.name == name).ok_or(UnknownKind)
    }

    /// Their names: `a, b or c`.
    #[must_use]
    pub fn names() -> String {
        listed(ALL.into_iter(), "or")
    }

    /// Whether its requests can be signed.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.takes(Setting::Secrets)
    }

    /// Whether a gateway of this kind may have the setting.
    pub(super) fn takes(&self, setting: Setting) -> bool {
        self.takes.contains(&setting)
    }
}

/// Names with commas and a conjunction: `a, b or c`.
pub(super) fn listed<'a>(kinds: impl Iterator<Item = &'a GatewayKind>, conjunction: &str) -> String {
    let names: Vec<&str> = kinds.map(|kind| kind.name).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} {conjunction} {last}", others.join(", ")),
        None => String::new(),
    }
}

impl Default for &GatewayKind {
    fn default() -> Self {
        &generic::KIND
    }
}

impl PartialEq for GatewayKind {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for GatewayKind {}

impl fmt::Debug for GatewayKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl fmt::Display for GatewayKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}
