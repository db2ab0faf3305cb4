//! What suppliers say in words, so that it can be shown.

/// More of what a supplier says is not shown to the partner.
const MESSAGE_CHARACTERS_MAX: usize = 200;
/// So many digits may be a phone number; a code or a year has fewer.
const HIDDEN_DIGITS_MIN: usize = 7;

/// The text of a supplier, so that it can be shown: short, without control characters, URLs (ours have tokens in them) and
/// whole numbers (rule 11).
pub(super) fn message(text: &str) -> String {
    let words = text.split(|one: char| one.is_whitespace() || one.is_control());
    let words: Vec<&str> = words
        .filter(|word| !word.is_empty())
        .map(|word| if word.contains("//") { "(URL)" } else { word })
        .collect();
    let shown = hide_numbers(&words.join(" "));
    shown.chars().take(MESSAGE_CHARACTERS_MAX).collect()
}

/// Replaces what may be a phone number: enough digits, with at most the usual separators between them.
fn hide_numbers(text: &str) -> String {
    let mut shown = String::new();
    let mut run = String::new();
    // The end of the text ends the last run.
    for one in text.chars().chain(['\n']) {
        let continues = matches!(one, ' ' | '-' | '.' | '(' | ')' | '/') && !run.is_empty();
        if one.is_ascii_digit() || continues {
            run.push(one);
            continue;
        }
        let digits = run.chars().filter(char::is_ascii_digit).count();
        match digits < HIDDEN_DIGITS_MIN {
            true => shown.push_str(&run),
            false => {
                let separators = run.trim_end_matches(|one: char| !one.is_ascii_digit()).len();
                shown.push_str("(number)");
                shown.push_str(&run[separators..]);
            }
        }
        run.clear();
        shown.push(one);
    }
    shown.pop();
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_supplier_says_is_shown_without_numbers_and_urls() {
        for (text, shown) in [
            ("no item error", "no item error"),
            ("number 15162065575 is taken", "number (number) is taken"),
            ("+1 516-206-5575, sorry", "+(number), sorry"),
            ("(516) 206-5575", "((number)"),
            ("code -1265 of 2025", "code -1265 of 2025"),
            ("bad https://partner.example/in/s3cret\r\nx", "bad (URL) x"),
            ("ends with 46701234567", "ends with (number)"),
        ] {
            assert_eq!(message(text), shown, "{text}");
        }
        assert_eq!(message(&"x".repeat(1000)).len(), MESSAGE_CHARACTERS_MAX);
    }
}
