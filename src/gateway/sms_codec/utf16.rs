//! Halves of characters: an SMS that was split in the middle of an emoji holds a lone UTF-16 surrogate, which JSON can
//! write (`\ud83d`) and no text can hold.

use std::char::REPLACEMENT_CHARACTER;
use std::collections::HashMap;

use serde_json::value::RawValue;

use crate::domain::cut::{Cut, CutText, FirstHalf, SecondHalf};

/// `\uXXXX`
const ESCAPE_BYTES: usize = 6;

/// The same JSON with each lone surrogate replaced by the replacement character; `None` when there is none.
pub(in crate::gateway) fn replace_lone_surrogates(json: &[u8]) -> Option<Vec<u8>> {
    let mut mended = Vec::with_capacity(json.len());
    let mut found = false;
    let mut rest = json;
    while let [first, tail @ ..] = rest {
        let taken = match (first, escape(rest)) {
            (b'\\', Some(unit)) if FirstHalf::new(unit).is_some() => {
                let paired = escape(&rest[ESCAPE_BYTES..]).and_then(SecondHalf::new).is_some();
                if paired { 2 * ESCAPE_BYTES } else { 0 }
            }
            (b'\\', Some(unit)) if SecondHalf::new(unit).is_some() => 0,
            (b'\\', Some(_)) => ESCAPE_BYTES,
            (b'\\', None) => 1 + tail.len().min(1),
            _ => 1,
        };
        if taken == 0 {
            found = true;
            mended.extend_from_slice(br"\ufffd");
            rest = &rest[ESCAPE_BYTES..];
        } else {
            mended.extend_from_slice(&rest[..taken]);
            rest = &rest[taken..];
        }
    }
    found.then_some(mended)
}

/// The code unit of the `\uXXXX` at the start.
fn escape(json: &[u8]) -> Option<u16> {
    let digits = json.strip_prefix(br"\u")?.get(..4)?;
    let digits = std::str::from_utf8(digits).ok()?;
    if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        u16::from_str_radix(digits, 16).ok()
    } else {
        None
    }
}

/// The string that stands at that path of a JSON object, with the halves at its ends. `mended` is what is read there after
/// [`mend`].
pub(in crate::gateway) fn cut(mended: &str, json: &str, path: &str) -> CutText {
    let cut = if mended.starts_with(REPLACEMENT_CHARACTER) || mended.ends_with(REPLACEMENT_CHARACTER) {
        written(json, path).map_or(Cut::NONE, halves)
    } else {
        // Few texts are worth a second look.
        Cut::NONE
    };
    let text = mended.strip_prefix(REPLACEMENT_CHARACTER);
    let text = text.filter(|_| cut.before.is_some()).unwrap_or(mended);
    let rest = text.strip_suffix(REPLACEMENT_CHARACTER);
    let text = rest.filter(|_| cut.after.is_some()).unwrap_or(text).to_owned();
    CutText { text, cut }
}

/// What stands at the ends of a string, as JSON writes it.
fn halves(written: &str) -> Cut {
    let string = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let string = string.unwrap_or_default().as_bytes();
    let last = string.split_last_chunk::<ESCAPE_BYTES>().and_then(|(before, last)| {
        let slashes = before.iter().rev().take_while(|byte| **byte == b'\\').count();
        // One that is escaped itself escapes nothing.
        escape(last).filter(|_| slashes.is_multiple_of(2))
    });
    Cut {
        before: escape(string).and_then(SecondHalf::new),
        after: last.and_then(FirstHalf::new),
    }
}

/// The value at that path of a JSON object, as it is written.
fn written<'a>(json: &'a str, path: &str) -> Option<&'a str> {
    field(json, path).or_else(|| {
        let (first, rest) = path.split_once('.')?;
        let inside = |json: &'a str, name: &str| field(json, name).or_else(|| item(json, name));
        rest.split('.').try_fold(field(json, first)?, inside)
    })
}

fn field<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let object: HashMap<String, &'a RawValue> = serde_json::from_str(json).ok()?;
    object.get(name).map(|value| value.get())
}

fn item<'a>(json: &'a str, index: &str) -> Option<&'a str> {
    let list: Vec<&'a RawValue> = serde_json::from_str(json).ok()?;
    list.get(index.parse::<usize>().ok()?).map(|value| value.get())
}
