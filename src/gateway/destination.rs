//! The recipient of an SMS, from the fields of a request.

use crate::domain::sms::{InvalidRecipient, LINES_MAX, Receiver, Recipient, Slot};

/// The number in `to`, when it is a phone number in full. Else the lines, in their order: the name of a modem may
/// contain a digit, and a phone may know its own number only as `070…`. Else, without lines, the digits in `to`. The
/// error is about `to`.
pub(super) fn receiver(to: Option<&str>, lines: Vec<Slot>) -> Result<Receiver, InvalidRecipient> {
    let recipient = to.map_or(Err(InvalidRecipient), Recipient::parse);
    let is_name = to.is_some_and(|to| to.chars().any(char::is_alphabetic));
    match recipient {
        Ok(recipient) if lines.is_empty() || (recipient.number().is_some() && !is_name) => {
            Ok(Receiver::Number(recipient))
        }
        Err(error) if lines.is_empty() => Err(error),
        _ => Ok(Receiver::Lines(lines)),
    }
}

/// The receiver that the script of a modem reports. If a line is given, 14 or 15 bare digits in `to` are the IMSI of
/// the SIM (phone numbers of SIMs are shorter), which is one more name of the line. An SMS with neither number nor line
/// is not lost: it is kept for the line `unknown`, where the partner sees it.
pub(super) fn of_a_modem(to: Option<&str>, found: Vec<Slot>) -> Receiver {
    let is_imsi = |to: &&str| (14..=15).contains(&to.len()) && to.bytes().all(|byte| byte.is_ascii_digit());
    match to.map(str::trim).filter(is_imsi) {
        Some(imsi) if !found.is_empty() => Receiver::Lines(lines(found.iter().map(Slot::as_str).chain([imsi]))),
        _ => receiver(to, found).unwrap_or_else(|_| {
            let mut named = lines(to.into_iter().chain(["unknown"]));
            named.truncate(1);
            Receiver::Lines(named)
        }),
    }
}

/// The receiver for a connection that carries many numbers: the digits in `to`, also a short code or a local number.
/// The line only when `to` has no digits or is a name: the SMS to a short code is not for the line's number (rule 8).
/// The error is for a request that has neither.
pub(super) fn of_a_connection(to: Option<&str>, line: Option<String>) -> Result<Receiver, String> {
    let is_name = to.is_some_and(|to| to.chars().any(char::is_alphabetic));
    let lines = match to.map(Recipient::parse) {
        Some(Ok(recipient)) if !is_name => return Ok(Receiver::Number(recipient)),
        _ => lines(line),
    };
    receiver(to, lines).map_err(|error| match to {
        Some(_) => format!("to {error}"),
        None => "to is missing".to_owned(),
    })
}

/// The lines of these names, each once; invalid names are skipped.
pub(super) fn lines<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> Vec<Slot> {
    let mut lines: Vec<Slot> = Vec::new();
    for line in names.into_iter().filter_map(|name| Slot::parse(name.as_ref()).ok()) {
        if lines.len() < LINES_MAX && !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_then_the_lines_then_any_digits() {
        let number = |text| Receiver::Number(Recipient::parse(text).unwrap());
        let modem = || lines(["modem1"]);
        assert_eq!(receiver(Some("+7 (900) 111-22-33"), modem()), Ok(number("79001112233")));
        for to in ["modem1", "0701234567", "GSM-79001112233"] {
            assert_eq!(receiver(Some(to), modem()), Ok(Receiver::Lines(modem())), "{to}");
            assert_eq!(receiver(Some(to), vec![]), Ok(number(to)), "{to}");
        }
        for to in [None, Some(""), Some("modem"), Some("123456789012345678901")] {
            assert_eq!(receiver(to, modem()), Ok(Receiver::Lines(modem())), "{to:?}");
            assert_eq!(receiver(to, vec![]), Err(InvalidRecipient), "{to:?}");
        }
    }

    #[test]
    fn lines_are_each_there_once_and_bounded() {
        let names = |lines: Vec<Slot>| lines.iter().map(|line| line.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(lines(["b", " a ", "", "b", "x\ny"])), ["b", "a"]);
        assert_eq!(lines((0..99).map(|port| port.to_string())).len(), LINES_MAX);
    }
}
