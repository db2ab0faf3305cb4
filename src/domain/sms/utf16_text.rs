//! The text of an SMS as UTF-16 code units.

/// The text of an SMS or of a part, as UTF-16 code units. A concatenated SMS may be cut after any unit, also inside a
/// surrogate pair, so only the joined text fits into a `String`. No `Debug`: it holds a text (rule 11).
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Utf16Text(Vec<u16>);

impl Utf16Text {
    /// The same text, each lone surrogate replaced by U+FFFD.
    #[must_use]
    pub fn to_string_lossy(&self) -> String {
        String::from_utf16_lossy(&self.0)
    }

    /// Whether it has more than `max` characters; a lone surrogate counts as one.
    #[must_use]
    pub fn is_longer_than(&self, max: usize) -> bool {
        self.0.len() > max && char::decode_utf16(self.0.iter().copied()).count() > max
    }

    /// The units as big-endian bytes.
    #[must_use]
    pub fn to_be_bytes(&self) -> Vec<u8> {
        self.0.iter().copied().flat_map(u16::to_be_bytes).collect()
    }

    /// The units that [`Self::to_be_bytes`] gave. `None`: there is a byte too many.
    #[must_use]
    pub fn from_be_bytes(bytes: &[u8]) -> Option<Self> {
        let units = bytes.chunks_exact(2);
        units.remainder().is_empty().then(|| {
            let units = units.map(|unit| u16::from_be_bytes([unit[0], unit[1]]));
            units.collect()
        })
    }
}

impl From<&str> for Utf16Text {
    fn from(text: &str) -> Self {
        text.encode_utf16().collect()
    }
}

impl FromIterator<u16> for Utf16Text {
    fn from_iter<T: IntoIterator<Item = u16>>(units: T) -> Self {
        Self(units.into_iter().collect())
    }
}

impl<'a> FromIterator<&'a Utf16Text> for Utf16Text {
    /// The texts one after another.
    fn from_iter<T: IntoIterator<Item = &'a Utf16Text>>(texts: T) -> Self {
        texts.into_iter().flat_map(|text| &text.0).copied().collect()
    }
}
