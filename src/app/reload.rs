//! What a running server takes from a configuration that was changed: Onlinesim's keys and the admin's token.

use std::collections::BTreeSet;

use super::App;
use crate::config::Config;
use crate::http::caller_secrets::{CallerSecrets, SharedSecrets};

pub(super) fn secrets(config: &Config) -> CallerSecrets {
    CallerSecrets {
        keys: config.onlinesim.keys.clone(),
        admin_token: config.admin.token.clone(),
    }
}

/// Applies changed configurations to a running server.
#[derive(Debug)]
pub struct Reloader {
    secrets: SharedSecrets,
    running: Config,
}

impl App {
    /// The one of this server; it goes on when the server is consumed by [`App::serve`].
    #[must_use]
    pub fn reloader(&self) -> Reloader {
        Reloader {
            secrets: self.secrets.clone(),
            running: self.config.clone(),
        }
    }
}

impl Reloader {
    /// Exchanges the keys and the token. Returns the sections in which something else differs, secrets excepted: that needs a
    /// restart.
    pub fn apply(&self, config: &Config) -> BTreeSet<String> {
        self.secrets.replace(secrets(config));
        let (running, changed) = (sections(&self.running), sections(config));
        let differs = |name: &&String| running.get(*name) != changed.get(*name);
        changed.keys().filter(differs).cloned().collect()
    }
}

/// The sections as they are shown, without secrets. How many keys there are is not compared.
fn sections(config: &Config) -> toml::Table {
    let mut config = config.clone();
    config.onlinesim.keys.clear();
    config.to_toml_redacted().parse().unwrap_or_default()
}
