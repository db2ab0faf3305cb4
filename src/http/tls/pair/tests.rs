use rcgen::{CertificateParams, KeyPair, PKCS_ED25519, date_time_ymd};

use super::*;

/// A certificate for two domains and its key, as PEM.
fn pair() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["n.example".to_owned(), "M.example".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2026, 1, 1);
    params.not_after = date_time_ymd(2026, 4, 1);
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

fn refusal(certificate: &str, key: &str) -> InvalidPair {
    CertificatePair::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap_err()
}

#[test]
fn a_pair_has_its_domains_and_its_time() {
    let (certificate, key) = pair();
    let pair = CertificatePair::from_pem(certificate.as_bytes(), key.as_bytes()).unwrap();
    assert!(pair.names("n.example") && pair.names("m.example") && !pair.names("example"));
    let validity = pair.validity();
    assert_eq!(validity.not_before, Timestamp::from_ms(1_767_225_600_000));
    assert_eq!(validity.not_after, Timestamp::from_ms(1_775_001_600_000));
    let shown = format!("{pair:?}");
    assert!(shown.contains("n.example") && !shown.contains("key"), "{shown}");
}

#[test]
fn both_may_be_in_one_file_in_any_order() {
    let (certificate, key) = pair();
    for both in [
        format!("{certificate}{key}"),
        format!("# a comment\n{key}\n{certificate}"),
    ] {
        CertificatePair::from_pem(both.as_bytes(), both.as_bytes()).unwrap();
    }
}

#[test]
fn a_key_of_ed25519_is_good_too() {
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let certificate = CertificateParams::new(["n.example".to_owned()])
        .unwrap()
        .self_signed(&key)
        .unwrap();
    CertificatePair::from_pem(certificate.pem().as_bytes(), key.serialize_pem().as_bytes()).unwrap();
}

#[test]
fn what_does_not_fit_is_named() {
    let (certificate, key) = pair();
    let (_, other_key) = pair();
    assert_eq!(refusal(&certificate, &other_key), InvalidPair::Mismatch);
    for (wrong, message) in [
        ("", NO_CERTIFICATE),
        ("no PEM at all", NO_CERTIFICATE),
        (&key, NO_CERTIFICATE),
        (
            "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
            BROKEN_CERTIFICATE,
        ),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            BROKEN_CERTIFICATE,
        ),
        (&certificate[..certificate.len() / 2], BROKEN_CERTIFICATE),
    ] {
        assert_eq!(refusal(wrong, &key), InvalidPair::Certificate(message), "{wrong}");
    }
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
    for (wrong, message) in [
        ("", NO_KEY),
        (&*certificate, NO_KEY),
        (encrypted, NO_KEY),
        (
            "-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----\n",
            BROKEN_KEY,
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            OTHER_KEY,
        ),
        (&key[..key.len() / 2], BROKEN_KEY),
    ] {
        assert_eq!(refusal(&certificate, wrong), InvalidPair::Key(message), "{wrong}");
    }
}
