//! An SMS as the network carries it: its alphabet, its octets, and its parts when it is too long for one.

/// The first octet of each pair is the place in the alphabet of GSM 03.38.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡\
     ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
const EXTENSION: [(char, u8); 9] = [
    ('^', 0x14),
    ('{', 0x28),
    ('}', 0x29),
    ('\\', 0x2f),
    ('[', 0x3c),
    ('~', 0x3d),
    (']', 0x3e),
    ('|', 0x40),
    ('€', 0x65),
];
const ESCAPE: u8 = 0x1b;
/// What fits into one message, and into one part: septets of GSM 03.38, octets of UCS-2.
const SEPTETS_MAX: (usize, usize) = (160, 153);
const OCTETS_MAX: (usize, usize) = (140, 134);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    /// One septet in each octet.
    Gsm,
    /// UTF-16, big end first.
    Ucs2,
}

/// One message or one part on the air.
#[derive(Debug, Clone)]
pub struct EncodedPart {
    pub from: String,
    pub to: String,
    pub alphabet: Alphabet,
    /// The header that makes it a part.
    pub header: Option<Vec<u8>>,
    pub body: Vec<u8>,
}

/// Puts a text on the air. `reference` is what its parts have in common.
pub fn send(from: &str, to: &str, text: &str, reference: u8) -> Vec<EncodedPart> {
    let gsm: Option<Vec<Vec<u8>>> = text.chars().map(septets).collect();
    let (alphabet, units, bounds) = match gsm {
        Some(units) => (Alphabet::Gsm, units, SEPTETS_MAX),
        // By code unit and not by character: phones do cut an emoji in two.
        None => {
            let units = text.encode_utf16().map(|unit| unit.to_be_bytes().to_vec());
            (Alphabet::Ucs2, units.collect(), OCTETS_MAX)
        }
    };
    let whole = units.concat();
    let bodies = if whole.len() <= bounds.0 {
        vec![whole]
    } else {
        cut(&units, bounds.1)
    };
    let total = u8::try_from(bodies.len()).expect("255 parts at most");
    let encoded = |(body, sequence)| EncodedPart {
        from: from.to_owned(),
        to: to.to_owned(),
        alphabet,
        header: (total > 1).then(|| vec![5, 0, 3, reference, total, sequence]),
        body,
    };
    bodies.into_iter().zip(1..).map(encoded).collect()
}

/// The same message or part as services send it that number with 16 bits.
pub fn with_16_bits(mut encoded: EncodedPart) -> EncodedPart {
    if let Some([5, 0, 3, reference, total, sequence]) = encoded.header.as_deref() {
        encoded.header = Some(vec![6, 8, 4, 0x12, *reference, *total, *sequence]);
    }
    encoded
}

/// Whole units, as many into each part as it holds.
fn cut(units: &[Vec<u8>], bytes_max: usize) -> Vec<Vec<u8>> {
    let mut parts = vec![Vec::new()];
    for unit in units {
        if parts
            .last()
            .is_none_or(|part: &Vec<u8>| part.len() + unit.len() > bytes_max)
        {
            parts.push(Vec::new());
        }
        if let Some(part) = parts.last_mut() {
            part.extend(unit);
        }
    }
    parts
}

/// One character in GSM 03.38, if it has it.
pub fn septets(character: char) -> Option<Vec<u8>> {
    if let Some((_, code)) = EXTENSION.iter().find(|(one, _)| *one == character) {
        return Some(vec![ESCAPE, *code]);
    }
    let place = BASIC.chars().position(|one| one == character && one != '\u{1b}')?;
    Some(vec![u8::try_from(place).ok()?])
}

/// Whether a sender is a name and not a number.
pub fn is_name(from: &str) -> bool {
    !from.trim_start_matches('+').chars().all(|one| one.is_ascii_digit())
}
