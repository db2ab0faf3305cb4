//! Signatures of requests: an HMAC by one of the gateway's keys.

use hmac::Mac;
use hmac::digest::KeyInit;
use secrecy::{ExposeSecret, SecretString};

/// Whether `given` is the HMAC over these pieces, one after the other, by one of the keys. Every key is tried, and compared
/// in constant time.
pub(super) fn is_by_one_of<M: Mac + KeyInit>(keys: &[SecretString], pieces: &[&[u8]], given: &[u8]) -> bool {
    keys.iter().fold(false, |found, key| {
        let Ok(mut mac) = <M as KeyInit>::new_from_slice(key.expose_secret().as_bytes()) else {
            return found;
        };
        for piece in pieces {
            mac.update(piece);
        }
        mac.verify_slice(given).is_ok() | found
    })
}

#[cfg(test)]
mod tests {
    use hmac::Hmac;
    use sha2::Sha256;

    use super::*;

    /// RFC 4231, test case 2.
    const GIVEN: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    fn is_signed(keys: &[&str], pieces: &[&str], given: &str) -> bool {
        let keys: Vec<SecretString> = keys.iter().map(|key| SecretString::from(*key)).collect();
        let pieces: Vec<&[u8]> = pieces.iter().map(|piece| piece.as_bytes()).collect();
        is_by_one_of::<Hmac<Sha256>>(&keys, &pieces, &hex::decode(given).unwrap())
    }

    #[test]
    fn any_of_the_keys_may_have_signed() {
        let pieces = ["what do ya want ", "for nothing?"];
        assert!(is_signed(&["Jefe"], &pieces, GIVEN));
        assert!(is_signed(&["Jefe", "other"], &pieces, GIVEN));
        assert!(is_signed(&["other", "Jefe"], &pieces, GIVEN));
    }

    #[test]
    fn nothing_else_is_a_signature() {
        let pieces = ["what do ya want ", "for nothing?"];
        assert!(!is_signed(&[], &pieces, GIVEN));
        assert!(!is_signed(&["jefe"], &pieces, GIVEN));
        assert!(!is_signed(&["Jefe"], &["what do ya want for nothing"], GIVEN));
        assert!(!is_signed(&["Jefe"], &pieces, &GIVEN[..32]), "half of it");
        assert!(!is_signed(&["Jefe"], &pieces, ""));
    }
}
