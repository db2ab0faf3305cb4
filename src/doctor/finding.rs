//! What a check finds.

use std::fmt;

use serde::Serialize;
use strum::{EnumIter, IntoStaticStr};

/// The longest text of a finding, in characters.
const TEXT_CHARACTERS_MAX: usize = 500;

/// The checks, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, EnumIter, IntoStaticStr, Serialize)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum DoctorCheck {
    /// The configuration loads and is valid.
    Config,
    /// Whether a server runs with it, and is ready.
    Server,
    /// How long the disk of the database takes for a sync.
    DiskSpeed,
    /// How much of it is free.
    DiskSpace,
    /// The database is up to date and not damaged.
    Database,
    /// The certificate of HTTPS, and its chain.
    Certificate,
    /// Onlinesim's URL for SMS is reached.
    PushUrl,
    /// This machine's clock, against Onlinesim's.
    Clock,
    /// The listeners are reached under their public addresses, and the admin's is not.
    Listeners,
    /// Who may read the files with secrets.
    FileModes,
    /// When gateways were last there.
    Gateways,
    /// The limit of open files.
    OpenFiles,
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, Serialize)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum FindingState {
    /// All is well.
    Ok,
    /// It was not looked at: for your information.
    Skipped,
    /// The server works, but not as well as it could, or not as safely.
    Warning,
    /// It needs you.
    Wrong,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckFinding {
    /// Which check.
    pub check: DoctorCheck,
    /// How it is.
    pub state: FindingState,
    /// What was found, for people.
    pub what: String,
    /// What to do about it; `None`: nothing.
    pub what_to_do: Option<String>,
}

impl DoctorCheck {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Config,
        Self::Server,
        Self::DiskSpeed,
        Self::DiskSpace,
        Self::Database,
        Self::Certificate,
        Self::PushUrl,
        Self::Clock,
        Self::Listeners,
        Self::FileModes,
        Self::Gateways,
        Self::OpenFiles,
    ];

    pub(super) fn ok(self, what: impl Into<String>) -> CheckFinding {
        self.found(FindingState::Ok, what.into(), None)
    }

    pub(super) fn skipped(self, what: impl Into<String>) -> CheckFinding {
        self.found(FindingState::Skipped, what.into(), None)
    }

    pub(super) fn warning(self, what: impl Into<String>, what_to_do: impl Into<String>) -> CheckFinding {
        self.found(FindingState::Warning, what.into(), Some(what_to_do.into()))
    }

    pub(super) fn wrong(self, what: impl Into<String>, what_to_do: impl Into<String>) -> CheckFinding {
        self.found(FindingState::Wrong, what.into(), Some(what_to_do.into()))
    }

    /// It has a fault of its own.
    pub(super) fn failed(self) -> CheckFinding {
        self.wrong("the check itself failed", "report that as a bug")
    }

    fn found(self, state: FindingState, what: String, what_to_do: Option<String>) -> CheckFinding {
        CheckFinding {
            check: self,
            state,
            what: line(&what),
            what_to_do: what_to_do.as_deref().map(line),
        }
    }
}

/// A text fit for one line: errors of the system may have several.
fn line(text: &str) -> String {
    let text = text.chars().map(|one| if one.is_control() { ' ' } else { one });
    text.take(TEXT_CHARACTERS_MAX).collect()
}

impl fmt::Display for DoctorCheck {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.into())
    }
}

impl fmt::Display for FindingState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.into())
    }
}

/// `wrong    clock        what was found -> what to do`
impl fmt::Display for CheckFinding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:<7}  {:<11}  {}", self.state, self.check, self.what)?;
        match &self.what_to_do {
            Some(what_to_do) => write!(formatter, " -> {what_to_do}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    #[test]
    fn every_check_is_among_all_in_its_order() {
        assert!(DoctorCheck::iter().eq(DoctorCheck::ALL));
    }

    #[test]
    fn a_finding_is_one_line() {
        let finding = DoctorCheck::Clock.wrong("it is\n1 s behind", "set it");
        assert_eq!(finding.to_string(), "wrong    clock        it is 1 s behind -> set it");
        let finding = DoctorCheck::PushUrl.ok("x".repeat(1000));
        assert_eq!(finding.what.len(), TEXT_CHARACTERS_MAX);
        let json = serde_json::to_string(&DoctorCheck::DiskSpeed.skipped("no")).unwrap();
        assert_eq!(
            json,
            r#"{"check":"disk_speed","state":"skipped","what":"no","what_to_do":null}"#
        );
    }
}
