//! The report of the rehearsal: one line per check, with its evidence.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::json;

use super::checks::{CHECKS, Check};
use super::redaction::Redaction;

/// The most characters of a reason, of a request and of an answer that are shown.
const REASON_MAX: usize = 1000;
const REQUEST_MAX: usize = 600;
const ANSWER_MAX: usize = 300;

/// A request, its answer, and how long it took. Keys and tokens are not in it.
#[derive(Debug, Clone, Serialize)]
pub struct Evidence {
    /// What was sent.
    pub request: String,
    /// The answer, or why there is none.
    pub answer: String,
    /// From the first byte of the request to the last byte of the answer.
    pub took_ms: u64,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CheckStatus {
    /// As the protocol demands.
    Pass,
    /// Not as the protocol demands.
    Fail,
    /// Not tried, or not to be assessed.
    Skipped,
}

/// A check and how it ended.
#[derive(Debug, Clone, Serialize)]
pub struct ReportedCheck {
    /// A short name for scripts.
    pub id: &'static str,
    /// What the protocol demands.
    pub promise: &'static str,
    /// How it ended.
    pub status: CheckStatus,
    /// Why it failed or was skipped, or what has to be known about a pass.
    pub reason: Option<String>,
    /// The requests and their answers.
    pub evidence: Vec<Evidence>,
    #[serde(skip)]
    check: Check,
}

impl ReportedCheck {
    fn was_not_reached(&self) -> bool {
        self.status == CheckStatus::Skipped && self.reason.as_deref() == Some(NOT_REACHED)
    }
}

/// Why a check was skipped before it was its turn.
const NOT_REACHED: &str = "not reached";

/// All checks.
#[derive(Debug, Clone)]
pub struct RehearsalReport {
    /// The address of the server.
    pub url: String,
    /// In the order of the rehearsal.
    pub checks: Vec<ReportedCheck>,
    /// How many numbers were rented.
    pub rented: usize,
    /// How many of them came after Onlinesim would have given up.
    pub late: usize,
    /// How many requests for a number were never answered: the server may have rented one for each.
    pub unanswered: usize,
    /// How many answers to such requests named no rental, but may have come after one.
    pub unreadable: usize,
    /// What could not be given back: for the partner to close.
    pub left_open: Vec<OpenRental>,
    redaction: Redaction,
}

/// A rental that could not be given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenRental {
    /// The operation; `None` when the answer had none.
    pub activation_id: Option<u64>,
    /// The number, in digits; empty when the answer had none.
    pub number: String,
}

impl RehearsalReport {
    /// All its texts go through the redaction.
    pub(super) fn new(url: &str, redaction: Redaction) -> Self {
        let checks = CHECKS.map(|(check, id, promise)| ReportedCheck {
            id,
            promise,
            status: CheckStatus::Skipped,
            reason: Some(NOT_REACHED.to_owned()),
            evidence: Vec::new(),
            check,
        });
        Self {
            url: redaction.clean(url, REASON_MAX),
            checks: checks.into(),
            rented: 0,
            late: 0,
            unanswered: 0,
            unreadable: 0,
            left_open: Vec::new(),
            redaction,
        }
    }

    pub(super) fn pass(&mut self, check: Check, evidence: Vec<Evidence>) {
        self.set(check, CheckStatus::Pass, None, evidence);
    }

    pub(super) fn fail(&mut self, check: Check, reason: impl Into<String>, evidence: Vec<Evidence>) {
        self.set(check, CheckStatus::Fail, Some(reason.into()), evidence);
    }

    pub(super) fn skip(&mut self, checks: &[Check], reason: &str) {
        for check in checks {
            self.set(*check, CheckStatus::Skipped, Some(reason.to_owned()), Vec::new());
        }
    }

    /// Skips what was not reached.
    pub(super) fn skip_the_rest(&mut self, reason: &str) {
        for check in self.checks.iter_mut().filter(|check| check.was_not_reached()) {
            check.reason = Some(self.redaction.clean(reason, REASON_MAX));
        }
    }

    /// Pass when there is no complaint, else FAIL with the first few of them.
    pub(super) fn assess(&mut self, check: Check, complaints: &[String], evidence: Vec<Evidence>) {
        match complaints {
            [] => self.pass(check, evidence),
            [first, rest @ ..] if rest.len() < 3 => {
                let reason = rest.iter().fold(first.clone(), |all, one| format!("{all}; {one}"));
                self.fail(check, reason, evidence);
            }
            [first, second, rest @ ..] => {
                self.fail(check, format!("{first}; {second}; and {} more", rest.len()), evidence);
            }
            [_] => {}
        }
    }

    /// Fails a check that had passed, or adds to the reason of one that failed.
    pub(super) fn add_failure(&mut self, check: Check, complaint: String) {
        if let Some(reported) = self.checks.iter_mut().find(|reported| reported.check == check) {
            let before = (reported.status == CheckStatus::Fail)
                .then(|| reported.reason.take())
                .flatten();
            reported.status = CheckStatus::Fail;
            let reason = before.map_or(complaint.clone(), |before| format!("{before}; {complaint}"));
            reported.reason = Some(self.redaction.clean(&reason, REASON_MAX));
        }
    }

    /// Adds a remark to a check that passed.
    pub(super) fn remark(&mut self, check: Check, remark: String) {
        if let Some(reported) = self.checks.iter_mut().find(|reported| reported.check == check) {
            let redaction = &self.redaction;
            reported
                .reason
                .get_or_insert_with(|| redaction.clean(&remark, REASON_MAX));
        }
    }

    fn set(&mut self, check: Check, status: CheckStatus, reason: Option<String>, evidence: Vec<Evidence>) {
        if let Some(reported) = self.checks.iter_mut().find(|reported| reported.check == check) {
            reported.status = status;
            let redaction = &self.redaction;
            reported.reason = reason.map(|reason| redaction.clean(&reason, REASON_MAX));
            let clean = |evidence: Evidence| Evidence {
                request: redaction.clean(&evidence.request, REQUEST_MAX),
                answer: redaction.clean(&evidence.answer, ANSWER_MAX),
                took_ms: evidence.took_ms,
            };
            reported.evidence = evidence.into_iter().map(clean).collect();
        }
    }

    fn count(&self, status: CheckStatus) -> usize {
        self.checks.iter().filter(|check| check.status == status).count()
    }

    /// The names of the checks that failed.
    #[must_use]
    pub fn failed(&self) -> Vec<&'static str> {
        let failed = self.checks.iter().filter(|check| check.status == CheckStatus::Fail);
        failed.map(|check| check.id).collect()
    }

    /// The names of the checks that were not tried.
    #[must_use]
    pub fn skipped(&self) -> Vec<&'static str> {
        let skipped = self.checks.iter().filter(|check| check.status == CheckStatus::Skipped);
        skipped.map(|check| check.id).collect()
    }

    /// For a person.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("Rehearsal with {}\n\n", self.url);
        for check in &self.checks {
            let word = match check.status {
                CheckStatus::Pass => "pass",
                CheckStatus::Fail => "FAIL",
                CheckStatus::Skipped => "skipped",
            };
            let _written = writeln!(text, "{word:<8} {:<18} {}", check.id, check.promise);
            if let Some(reason) = &check.reason {
                let _written = writeln!(text, "         ! {reason}");
            }
            for evidence in &check.evidence {
                let _written = writeln!(text, "         > {}", evidence.request);
                let _written = writeln!(text, "         < {} ({} ms)", evidence.answer, evidence.took_ms);
            }
        }
        let [passed, failed, skipped] =
            [CheckStatus::Pass, CheckStatus::Fail, CheckStatus::Skipped].map(|one| self.count(one));
        let _written = writeln!(text, "\n{passed} passed, {failed} failed, {skipped} skipped");
        text + &self.rentals()
    }

    fn rentals(&self) -> String {
        let mut text = String::new();
        if self.rented > 0 {
            let (rented, open) = (self.rented, self.left_open.len());
            let _written = writeln!(text, "{rented} numbers were rented, {open} are not given back");
        }
        if self.late > 0 {
            let _written = writeln!(text, "{} of them came later than Onlinesim waits", self.late);
        }
        for OpenRental { activation_id, number } in &self.left_open {
            let id = activation_id.map_or("without activationId".to_owned(), |id| format!("activationId {id}"));
            let _written = writeln!(text, "not given back: {id}, number {number:?}; close it yourself");
        }
        if self.unanswered > 0 {
            let _written = writeln!(
                text,
                "{} requests for a number were never answered: look whether the server rented one for them",
                self.unanswered
            );
        }
        if self.unreadable > 0 {
            let _written = writeln!(
                text,
                "{} answers to requests for a number could not be read: look whether the server rented one for them",
                self.unreadable
            );
        }
        text
    }

    /// For a machine: one document.
    #[must_use]
    pub fn json(&self) -> String {
        let document = json!({
            "url": self.url,
            "passed": self.count(CheckStatus::Pass),
            "failed": self.count(CheckStatus::Fail),
            "skipped": self.count(CheckStatus::Skipped),
            "rented": self.rented,
            "late": self.late,
            "unanswered": self.unanswered,
            "unreadable": self.unreadable,
            "left_open": self.left_open,
            "checks": self.checks,
        });
        format!("{document}\n")
    }
}
