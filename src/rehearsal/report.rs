//! What the rehearsal found: one line per point, with its evidence.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::json;

use super::checks::{Check, POINTS};
use super::redaction::Redaction;

/// More characters of a reason, of a request and of an answer are not shown.
const REASON_MAX: usize = 1000;
const REQUEST_MAX: usize = 600;
const ANSWER_MAX: usize = 300;

/// A request, its answer, and how long it took. Keys and tokens are not in it.
#[derive(Debug, Clone, Serialize)]
pub struct Evidence {
    /// What was sent.
    pub request: String,
    /// What came back, or why nothing did.
    pub answer: String,
    /// From the first byte out to the last byte in.
    pub took_ms: u64,
}

/// How a point ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PointResult {
    /// As the protocol says.
    Pass,
    /// Not as the protocol says.
    Fail,
    /// Not tried, or not to be judged.
    Skipped,
}

/// A point and how it ended.
#[derive(Debug, Clone, Serialize)]
pub struct ReportPoint {
    /// A short name for scripts.
    pub id: &'static str,
    /// What the protocol wants.
    pub promise: &'static str,
    /// How it ended.
    pub verdict: PointResult,
    /// Why it failed or was skipped, or what has to be known about a pass.
    pub reason: Option<String>,
    /// What was seen.
    pub evidence: Vec<Evidence>,
    #[serde(skip)]
    check: Check,
}

impl ReportPoint {
    fn is_not_reached(&self) -> bool {
        self.verdict == PointResult::Skipped && self.reason.as_deref() == Some(NOT_REACHED)
    }
}

/// Why a point was skipped that nobody came to.
const NOT_REACHED: &str = "not reached";

/// All points.
#[derive(Debug, Clone)]
pub struct RehearsalReport {
    /// Whom it is about.
    pub url: String,
    /// In the order of the rehearsal.
    pub points: Vec<ReportPoint>,
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
    /// The operation; `None` when the server did not say one.
    pub activation_id: Option<u64>,
    /// The number, in digits, if the server said one.
    pub number: String,
}

impl RehearsalReport {
    /// Whatever it is told goes through the redaction.
    pub(super) fn new(url: &str, redaction: Redaction) -> Self {
        let points = POINTS.map(|(check, id, promise)| ReportPoint {
            id,
            promise,
            verdict: PointResult::Skipped,
            reason: Some(NOT_REACHED.to_owned()),
            evidence: Vec::new(),
            check,
        });
        Self {
            url: redaction.clean(url, REASON_MAX),
            points: points.into(),
            rented: 0,
            late: 0,
            unanswered: 0,
            unreadable: 0,
            left_open: Vec::new(),
            redaction,
        }
    }

    pub(super) fn pass(&mut self, check: Check, evidence: Vec<Evidence>) {
        self.set(check, PointResult::Pass, None, evidence);
    }

    pub(super) fn fail(&mut self, check: Check, reason: impl Into<String>, evidence: Vec<Evidence>) {
        self.set(check, PointResult::Fail, Some(reason.into()), evidence);
    }

    pub(super) fn skip(&mut self, checks: &[Check], reason: &str) {
        for check in checks {
            self.set(*check, PointResult::Skipped, Some(reason.to_owned()), Vec::new());
        }
    }

    /// Skips what was not reached.
    pub(super) fn skip_the_rest(&mut self, reason: &str) {
        for point in self.points.iter_mut().filter(|point| point.is_not_reached()) {
            point.reason = Some(self.redaction.clean(reason, REASON_MAX));
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

    /// Takes back a point that passed, or says more about one that failed.
    pub(super) fn add_failure(&mut self, check: Check, complaint: String) {
        if let Some(point) = self.points.iter_mut().find(|point| point.check == check) {
            let before = (point.verdict == PointResult::Fail)
                .then(|| point.reason.take())
                .flatten();
            point.verdict = PointResult::Fail;
            let reason = before.map_or(complaint.clone(), |before| format!("{before}; {complaint}"));
            point.reason = Some(self.redaction.clean(&reason, REASON_MAX));
        }
    }

    /// Says something about a point that passed.
    pub(super) fn remark(&mut self, check: Check, remark: String) {
        if let Some(point) = self.points.iter_mut().find(|point| point.check == check) {
            let redaction = &self.redaction;
            point.reason.get_or_insert_with(|| redaction.clean(&remark, REASON_MAX));
        }
    }

    fn set(&mut self, check: Check, verdict: PointResult, reason: Option<String>, evidence: Vec<Evidence>) {
        if let Some(point) = self.points.iter_mut().find(|point| point.check == check) {
            point.verdict = verdict;
            let redaction = &self.redaction;
            point.reason = reason.map(|reason| redaction.clean(&reason, REASON_MAX));
            let clean = |evidence: Evidence| Evidence {
                request: redaction.clean(&evidence.request, REQUEST_MAX),
                answer: redaction.clean(&evidence.answer, ANSWER_MAX),
                took_ms: evidence.took_ms,
            };
            point.evidence = evidence.into_iter().map(clean).collect();
        }
    }

    fn count(&self, verdict: PointResult) -> usize {
        self.points.iter().filter(|point| point.verdict == verdict).count()
    }

    /// The names of the points that failed.
    #[must_use]
    pub fn failed(&self) -> Vec<&'static str> {
        let failed = self.points.iter().filter(|point| point.verdict == PointResult::Fail);
        failed.map(|point| point.id).collect()
    }

    /// The names of the points that were not tried.
    #[must_use]
    pub fn skipped(&self) -> Vec<&'static str> {
        let skipped = self.points.iter().filter(|point| point.verdict == PointResult::Skipped);
        skipped.map(|point| point.id).collect()
    }

    /// For a person.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!("Rehearsal with {}\n\n", self.url);
        for point in &self.points {
            let word = match point.verdict {
                PointResult::Pass => "pass",
                PointResult::Fail => "FAIL",
                PointResult::Skipped => "skipped",
            };
            let _written = writeln!(text, "{word:<8} {:<18} {}", point.id, point.promise);
            if let Some(reason) = &point.reason {
                let _written = writeln!(text, "         ! {reason}");
            }
            for evidence in &point.evidence {
                let _written = writeln!(text, "         > {}", evidence.request);
                let _written = writeln!(text, "         < {} ({} ms)", evidence.answer, evidence.took_ms);
            }
        }
        let [passed, failed, skipped] =
            [PointResult::Pass, PointResult::Fail, PointResult::Skipped].map(|one| self.count(one));
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
            "passed": self.count(PointResult::Pass),
            "failed": self.count(PointResult::Fail),
            "skipped": self.count(PointResult::Skipped),
            "rented": self.rented,
            "late": self.late,
            "unanswered": self.unanswered,
            "unreadable": self.unreadable,
            "left_open": self.left_open,
            "points": self.points,
        });
        format!("{document}\n")
    }
}
