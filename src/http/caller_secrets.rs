//! The secrets that callers of the two APIs present. They can be exchanged while the server runs.

use std::sync::{Arc, PoisonError, RwLock};

use secrecy::SecretString;

/// The secrets in effect. Clones share them.
#[derive(Debug, Clone)]
pub struct SharedSecrets(Arc<RwLock<Arc<CallerSecrets>>>);

/// The secrets of one moment.
#[derive(Debug)]
pub struct CallerSecrets {
    /// Onlinesim's keys: all are accepted, the first one is used for pushes.
    pub keys: Vec<SecretString>,
    /// The admin's token; empty: there is none.
    pub admin_token: SecretString,
}

impl SharedSecrets {
    /// These are in effect from now on.
    #[must_use]
    pub fn new(secrets: CallerSecrets) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(secrets))))
    }

    /// What is in effect now.
    #[must_use]
    pub fn current(&self) -> Arc<CallerSecrets> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Exchanges all of them at once. A request that is under way goes on with those with which it began.
    pub fn replace(&self, secrets: CallerSecrets) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(secrets);
    }
}
