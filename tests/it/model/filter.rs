//! What the partner's filter withholds: the SMS of one sender. They are kept and shown, never pushed, and count for nothing.

use super::incoming::Message;
use super::state::Fate;

/// As the gateways report it; the filter is set to distinguish capitals.
pub const WITHHELD: &str = "SERVICE";

impl Message {
    pub fn is_withheld(&self) -> bool {
        self.sender == WITHHELD
    }

    /// As it is kept: like one that Onlinesim refused as BAD_SERVICE it is not pushed, and its rental waits on.
    pub fn filtered(self) -> Self {
        let fate = if self.is_withheld() {
            Fate::BadService
        } else {
            self.fate
        };
        Self { fate, ..self }
    }
}
