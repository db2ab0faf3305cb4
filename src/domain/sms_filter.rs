//! Which SMS are withheld: the partner's regular expressions of senders and texts. A withheld SMS is stored and shown; it is
//! never pushed, and does not count as an SMS of its rental.

use std::fmt;

use regex::{RegexBuilder, RegexSet, RegexSetBuilder};

use super::sms::InboundSms;

/// The most expressions of one list.
pub const EXPRESSIONS_MAX: usize = 100;

/// The most characters of one expression.
pub const EXPRESSION_CHARS_MAX: usize = 1000;

/// The most bytes that one expression may take when it is compiled. Matching takes time in proportion to it, too, when there is no
/// deterministic automaton of it.
const EXPRESSION_BYTES_MAX: usize = 1 << 20;

/// The most bytes that a list may take when it is compiled.
const LIST_BYTES_MAX: usize = 2 * EXPRESSION_BYTES_MAX;

/// The most bytes of the automaton that is built while a list is matched; a smaller one would be given up for large lists.
const AUTOMATON_BYTES_MAX: usize = 16 << 20;

/// What the filter decides about an SMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterDecision {
    /// It goes the usual way.
    Pass,
    /// It is withheld.
    Withhold,
}

impl FilterDecision {
    /// Whether the SMS is withheld.
    #[must_use]
    pub const fn is_withheld(self) -> bool {
        matches!(self, Self::Withhold)
    }
}

/// Why an expression is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidExpression {
    /// It has no character.
    #[error("it is empty")]
    Empty,
    /// See [`EXPRESSION_CHARS_MAX`].
    #[error("it has more than {EXPRESSION_CHARS_MAX} characters")]
    TooLong,
    /// The reason that the crate regex gives; it does not contain the expression.
    #[error("{0}")]
    Syntax(String),
    /// It takes too much memory.
    #[error("it is too large: set smaller repetitions")]
    TooLarge,
    /// Nothing would be pushed any more. Mostly a `|` too many.
    #[error("it matches every text")]
    MatchesEverything,
}

/// Why a list of expressions is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidExpressions {
    /// See [`EXPRESSIONS_MAX`].
    #[error("has more than {EXPRESSIONS_MAX} expressions")]
    TooMany,
    /// One of them is wrong.
    #[error("is wrong in expression {position} of the list: {reason}")]
    Wrong {
        /// Which one, counted from 1.
        position: usize,
        /// What is wrong.
        reason: InvalidExpression,
    },
    /// They take too much memory together.
    #[error("is too large as a whole: set fewer expressions or smaller repetitions")]
    TooLarge,
}

/// Regular expressions of the crate regex, matched anywhere in a text, whatever its case. Matching takes time in proportion to
/// the length of the text. `Debug` shows no expression: it may be a phone number (rule 11).
#[derive(Clone, Default)]
pub struct ExpressionList(RegexSet);

impl ExpressionList {
    /// Compiles them.
    pub fn parse(expressions: &[String]) -> Result<Self, InvalidExpressions> {
        if expressions.len() > EXPRESSIONS_MAX {
            return Err(InvalidExpressions::TooMany);
        }
        for (position, expression) in (1..).zip(expressions) {
            check(expression).map_err(|reason| InvalidExpressions::Wrong { position, reason })?;
        }
        let mut builder = RegexSetBuilder::new(expressions);
        builder
            .case_insensitive(true)
            .size_limit(LIST_BYTES_MAX)
            .dfa_size_limit(AUTOMATON_BYTES_MAX);
        // Each of them is good.
        builder.build().map(Self).map_err(|_| InvalidExpressions::TooLarge)
    }

    fn matches(&self, text: &str) -> bool {
        !self.0.is_empty() && self.0.is_match(text)
    }
}

impl fmt::Debug for ExpressionList {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} expressions", self.0.len())
    }
}

fn check(expression: &str) -> Result<(), InvalidExpression> {
    if expression.is_empty() {
        return Err(InvalidExpression::Empty);
    }
    if expression.chars().count() > EXPRESSION_CHARS_MAX {
        return Err(InvalidExpression::TooLong);
    }
    let mut builder = RegexBuilder::new(expression);
    let compiled = builder.case_insensitive(true).size_limit(EXPRESSION_BYTES_MAX).build();
    let compiled = compiled.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => InvalidExpression::TooLarge,
        error => InvalidExpression::Syntax(last_line(&error.to_string())),
    })?;
    // One that matches nothing at all, and a long text of everything, leaves nothing out.
    if compiled.is_match("") && compiled.is_match(&"Aя1 .-€😀".repeat(100)) {
        return Err(InvalidExpression::MatchesEverything);
    }
    Ok(())
}

/// The reason at the end of an error of several lines, in which the expression comes first.
fn last_line(message: &str) -> String {
    let last = message.lines().last().unwrap_or_default().trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

/// The partner's filter; the default one withholds nothing.
#[derive(Debug, Clone, Default)]
pub struct SmsFilter {
    /// Match senders as the gateways report them.
    pub senders: ExpressionList,
    /// Match whole texts: that of a concatenated SMS when its parts are joined.
    pub texts: ExpressionList,
}

impl SmsFilter {
    /// The decision about an SMS as a gateway delivered it. Of a part only the sender is known yet.
    #[must_use]
    pub fn decide(&self, sms: &InboundSms) -> FilterDecision {
        let is_text =
            || sms.part.is_none() && !self.texts.0.is_empty() && self.texts.matches(&sms.text.to_string_lossy());
        decision(self.senders.matches(&sms.sender) || is_text())
    }

    /// The decision about a concatenated SMS, with the text that its parts make.
    #[must_use]
    pub fn decide_joined(&self, sender: &str, text: &str) -> FilterDecision {
        decision(self.senders.matches(sender) || self.texts.matches(text))
    }
}

const fn decision(matches: bool) -> FilterDecision {
    if matches {
        FilterDecision::Withhold
    } else {
        FilterDecision::Pass
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sms::{Receiver, Recipient, SmsPart};

    fn list(expressions: &[&str]) -> Result<ExpressionList, InvalidExpressions> {
        ExpressionList::parse(&expressions.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>())
    }

    fn filter(senders: &[&str], texts: &[&str]) -> SmsFilter {
        SmsFilter {
            senders: list(senders).unwrap(),
            texts: list(texts).unwrap(),
        }
    }

    fn sms(sender: &str, text: &str) -> InboundSms {
        InboundSms {
            external_id: None,
            receiver: Receiver::Number(Recipient::parse("46701234567").unwrap()),
            sender: sender.to_owned(),
            text: text.into(),
            sent_at: None,
            part: None,
        }
    }

    #[test]
    fn senders_and_texts_are_matched_whatever_their_case() {
        let filter = filter(&["^мегафон$", r"^\+?900$"], &["баланс", r"\bpaid \d+ roubles\b"]);
        for (sender, text, is_withheld) in [
            ("МегаФон", "code 1", true),
            ("МегаФон2", "code 1", false),
            ("+900", "code 1", true),
            ("9000", "code 1", false),
            ("VK", "Ваш БАЛАНС: 5", true),
            ("VK", "You PAID 12 Roubles.", true),
            ("VK", "You prepaid 12 roubles", false),
            ("баланс", "мегафон", false),
            ("", "", false),
        ] {
            assert_eq!(
                filter.decide(&sms(sender, text)).is_withheld(),
                is_withheld,
                "{sender}: {text}"
            );
            assert_eq!(
                filter.decide_joined(sender, text).is_withheld(),
                is_withheld,
                "{sender}: {text}"
            );
        }
        assert_eq!(
            format!("{filter:?}"),
            "SmsFilter { senders: 2 expressions, texts: 2 expressions }"
        );
    }

    #[test]
    fn the_text_of_a_part_is_not_decided_by_itself() {
        let filter = filter(&["^bank$"], &["^secret$"]);
        let part = |sender| InboundSms {
            part: SmsPart::new(7, 2, 1),
            ..sms(sender, "secret")
        };
        assert_eq!(filter.decide(&part("VK")), FilterDecision::Pass);
        assert_eq!(filter.decide(&part("Bank")), FilterDecision::Withhold);
    }

    #[test]
    fn without_expressions_everything_passes() {
        assert_eq!(SmsFilter::default().decide(&sms("", "")), FilterDecision::Pass);
        assert_eq!(filter(&[], &[]).decide_joined("VK", "code"), FilterDecision::Pass);
    }

    #[test]
    fn a_wrong_expression_is_named_by_its_position_with_the_reason() {
        for (expression, reason) in [
            ("", "it is empty"),
            ("(", "unclosed group"),
            ("a{2,1}", "invalid repetition count range, the start must be <= the end"),
            (r"(a)\1", "backreferences are not supported"),
            (
                "(?=a)",
                "look-around, including look-ahead and look-behind, is not supported",
            ),
            (r"(?:(?:\w{99}){99}){99}", "it is too large: set smaller repetitions"),
            ("code|", "it matches every text"),
            (".*", "it matches every text"),
            (&"x".repeat(1001), "it has more than 1000 characters"),
        ] {
            let error = list(&["good", expression]).unwrap_err().to_string();
            assert_eq!(error, format!("is wrong in expression 2 of the list: {reason}"));
        }
        for good in ["^$", r"^\D*$", "^.{0,70}$", r"\p{Cyrillic}+", "(?-i)VK", "x{1,1000}"] {
            list(&[good]).unwrap();
        }
        assert_eq!(list(&["x"; 101]).unwrap_err(), InvalidExpressions::TooMany);
        let large = vec![r"\w{20}"; 40];
        assert_eq!(list(&large).unwrap_err(), InvalidExpressions::TooLarge);
    }
}
