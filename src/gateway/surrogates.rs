//! Halves of characters: an SMS that was split in the middle of an emoji holds a lone UTF-16 surrogate, which JSON can
//! write (`\ud83d`) and no text can hold.

use std::ops::RangeInclusive;

const HIGH: RangeInclusive<u16> = 0xd800..=0xdbff;
const LOW: RangeInclusive<u16> = 0xdc00..=0xdfff;
/// `\uXXXX`
const ESCAPE_BYTES: usize = 6;

/// The same JSON with each lone surrogate replaced by the replacement character; `None` when there is none.
pub(super) fn mend(json: &[u8]) -> Option<Vec<u8>> {
    let mut mended = Vec::with_capacity(json.len());
    let mut found = false;
    let mut rest = json;
    while let [first, tail @ ..] = rest {
        let taken = match (first, escape(rest)) {
            (b'\\', Some(unit)) if HIGH.contains(&unit) => {
                let paired = escape(&rest[ESCAPE_BYTES..]).is_some_and(|next| LOW.contains(&next));
                if paired { 2 * ESCAPE_BYTES } else { 0 }
            }
            (b'\\', Some(unit)) if LOW.contains(&unit) => 0,
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
