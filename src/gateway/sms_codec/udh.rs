//! The user data header (UDH) of an SMS: which part of a concatenated SMS it is.

use crate::domain::sms::{PART_CHARS_MAX, SmsPart, Utf16Text};

/// A part whose reference has 8 bits.
const CONCATENATED_8: u8 = 0x00;
/// A part whose reference has 16 bits.
const CONCATENATED_16: u8 = 0x08;
/// National language tables: single shift and locking shift.
const NATIONAL: [u8; 2] = [0x24, 0x25];

/// The part, unless its text is too long for one: then the program has joined the parts already.
pub(in crate::gateway) fn unless_joined(part: Option<SmsPart>, text: &Utf16Text) -> Option<SmsPart> {
    part.filter(|_| !text.is_longer_than(PART_CHARS_MAX))
}

/// The part that a user data header (GSM 03.40 section 9.2.3.24) describes, given as bytes or as hexadecimal digits.
/// `None`: it describes none, or is malformed; the message is kept either way.
pub(in crate::gateway) fn part(header: &[u8]) -> Option<SmsPart> {
    // Read as bytes, digits would be a header of 48 bytes or more.
    let digits = header.trim_ascii();
    let decoded = if digits.iter().all(u8::is_ascii_hexdigit) {
        hex::decode(digits).ok()?
    } else {
        header.to_vec()
    };
    let (length, elements) = decoded.split_first()?;
    let mut rest = elements.get(..usize::from(*length))?;
    while let Some((identifier, data, after)) = element(rest) {
        let part = part_of(identifier, data);
        if part.is_some() {
            return part;
        }
        rest = after;
    }
    None
}

/// The part and the text of a message that may begin with a header. Its beginning counts as a header if it is
/// well-formed to its last byte and describes a part or a national language: no text begins like that.
pub(in crate::gateway) fn strip_header(message: &[u8]) -> (Option<SmsPart>, &[u8]) {
    split_header(message).unwrap_or((None, message))
}

fn split_header(message: &[u8]) -> Option<(Option<SmsPart>, &[u8])> {
    let (length, after) = message.split_first()?;
    let (mut rest, text) = after.split_at_checked(usize::from(*length))?;
    let (mut part, mut is_national) = (None, false);
    while let Some((identifier, data, after)) = element(rest) {
        part = part.or(part_of(identifier, data));
        is_national |= NATIONAL.contains(&identifier) && data.len() == 1;
        rest = after;
    }
    ((part.is_some() || is_national) && rest.is_empty()).then_some((part, text))
}

/// The first information element: its identifier, its data, and what follows it.
fn element(elements: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [identifier, length, tail @ ..] = elements else {
        return None;
    };
    let (data, after) = tail.split_at_checked(usize::from(*length))?;
    Some((*identifier, data, after))
}

fn part_of(identifier: u8, data: &[u8]) -> Option<SmsPart> {
    match (identifier, data) {
        (CONCATENATED_8, [reference, total, sequence]) => SmsPart::new(u16::from(*reference), *total, *sequence),
        (CONCATENATED_16, [high, low, total, sequence]) => {
            SmsPart::new(u16::from_be_bytes([*high, *low]), *total, *sequence)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
