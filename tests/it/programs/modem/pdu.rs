//! SMS-DELIVER as a modem hands it over (3GPP TS 23.040), in hexadecimal digits.

use crate::programs::encoded_sms::{Alphabet, EncodedPart, is_name, septets};

/// The SMSC's number, and when it got the message: 2026-11-20 22:35:11 UTC, nibbles swapped.
const CENTRE: &str = "07919730071111F1";
const RECEIVED: [u8; 7] = [0x62, 0x11, 0x02, 0x22, 0x53, 0x11, 0x00];

/// The whole line, and the length that a modem sends with it: octets without the smsc's number.
pub fn deliver(sms: &EncodedPart) -> (String, usize) {
    let mut octets = vec![if sms.header.is_some() { 0x44 } else { 0x04 }];
    octets.extend(sender(&sms.from));
    octets.push(0x00);
    octets.push(match sms.alphabet {
        Alphabet::Gsm => 0x00,
        Alphabet::Ucs2 => 0x08,
    });
    octets.extend(RECEIVED);
    octets.extend(user_data(sms));
    let hex: String = octets.iter().map(|octet| format!("{octet:02X}")).collect();
    (format!("{CENTRE}{hex}"), octets.len())
}

fn sender(from: &str) -> Vec<u8> {
    if is_name(from) {
        let septets: Vec<u8> = from.chars().filter_map(septets).flatten().collect();
        let half_octets = (septets.len() * 7).div_ceil(4);
        let mut octets = vec![byte(half_octets), 0xd0];
        octets.extend(pack(&septets, 0));
        return octets;
    }
    let digits: Vec<u8> = from
        .bytes()
        .filter(u8::is_ascii_digit)
        .map(|digit| digit - b'0')
        .collect();
    let kind = if from.starts_with('+') { 0x91 } else { 0x81 };
    let mut octets = vec![byte(digits.len()), kind];
    let pairs = digits.chunks(2);
    octets.extend(pairs.map(|pair| pair.get(1).map_or(0xf0, |second| second << 4) | pair[0]));
    octets
}

fn user_data(sms: &EncodedPart) -> Vec<u8> {
    let header = sms.header.as_deref().unwrap_or_default();
    let header_septets = (header.len() * 8).div_ceil(7);
    let (length, body) = match sms.alphabet {
        Alphabet::Gsm => {
            let fill = header_septets * 7 - header.len() * 8;
            (header_septets + sms.body.len(), pack(&sms.body, fill))
        }
        Alphabet::Ucs2 => (header.len() + sms.body.len(), sms.body.clone()),
    };
    [&[byte(length)], header, &body].concat()
}

/// Septets without gaps, the first one after `fill` bits.
fn pack(septets: &[u8], fill: usize) -> Vec<u8> {
    let mut octets = vec![0_u8; (septets.len() * 7 + fill).div_ceil(8)];
    for (place, septet) in septets.iter().enumerate() {
        for bit in 0..7 {
            let at = fill + place * 7 + bit;
            octets[at / 8] |= ((septet >> bit) & 1) << (at % 8);
        }
    }
    octets
}

fn byte(number: usize) -> u8 {
    u8::try_from(number).expect("a length of one octet")
}
