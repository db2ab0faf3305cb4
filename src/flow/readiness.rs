//! Readiness: whether the server can do its work.

use super::Flows;

impl Flows {
    /// Whether the database can be written.
    pub async fn is_writable(&self) -> bool {
        self.database.can_commit(self.clock.now()).await
    }

    /// Whether [`Flows::check_at_start`] found damage in the file.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.database.is_damaged()
    }
}
