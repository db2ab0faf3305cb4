//! `[tls]`: files or domains, and each of them whole. Networks that are trusted or allowed.

use super::*;

const CERT: (&str, &str) = ("LEASELINE_TLS__CERT", "cert.pem");
const KEY_FILE: (&str, &str) = ("LEASELINE_TLS__KEY", "key.pem");

#[test]
fn a_certificate_needs_its_key_and_a_key_its_certificate() {
    assert_eq!(
        with(&[CERT]).unwrap_err().to_string(),
        "tls.key is missing: tls.cert is set, and each needs the other"
    );
    assert_eq!(
        with(&[KEY_FILE]).unwrap_err().to_string(),
        "tls.cert is missing: tls.key is set, and each needs the other"
    );
    with(&[CERT, KEY_FILE]).unwrap();
}

#[test]
fn files_and_domains_contradict_each_other() {
    assert_eq!(
        with(&[CERT, KEY_FILE, ("LEASELINE_TLS__ACME", "n.example.org")])
            .unwrap_err()
            .to_string(),
        "tls.acme is set, but tls.cert is, too: keep the files or the domains (it comes from LEASELINE_TLS__ACME)"
    );
}

#[test]
fn a_domain_can_be_looked_up() {
    with(&[("LEASELINE_TLS__ACME", "n.example.org,xn--e1afmkfd.example")]).unwrap();
    for domain in [
        "localhost",
        "N.example.org",
        "*.example.org",
        "n.example.org.",
        "n..example",
        "n.example:443",
    ] {
        refused(
            "LEASELINE_TLS__ACME",
            domain,
            &format!("tls.acme has {domain:?}: set domains in lower case, such as numbers.example.org …"),
        );
    }
    let many = vec!["n.example"; 101].join(",");
    let error = refusal("LEASELINE_TLS__ACME", &many);
    assert!(error.starts_with("tls.acme has 101 domains: set 1 to 100"), "{error}");
}

#[test]
fn a_contact_is_a_mail_address_and_a_directory_is_reached_over_https() {
    for contact in [
        "you",
        "mailto:you",
        "you@example",
        "a b@example.org",
        "a@b.example,c@d.example",
    ] {
        let sentence = "tls.acme_contact is not a mail address: set one such as you@example.org …";
        refused("LEASELINE_TLS__ACME_CONTACT", contact, sentence);
    }
    let error = refusal("LEASELINE_TLS__ACME_DIRECTORY", "http://ca.example/directory");
    assert!(
        error.starts_with("tls.acme_directory does not begin with https://"),
        "{error}"
    );
}

#[test]
fn networks_are_networks() {
    let networks = |name, value| with(&[(name, value)]).unwrap();
    let config = networks("LEASELINE_HTTP__TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8");
    assert_eq!(config.http.trusted_proxies.to_string(), "127.0.0.1, 10.0.0.0/8");
    let config = networks("LEASELINE_ONLINESIM__ALLOW", "[\"2001:db8::/32\"]");
    assert_eq!(config.onlinesim.allow.to_string(), "2001:db8::/32");
    let wanted = "set a list of networks and addresses in quotes, such as [\"203.0.113.0/24\", \"2001:db8::7\"]";
    for (name, key) in [
        ("LEASELINE_HTTP__TRUSTED_PROXIES", "http.trusted_proxies"),
        ("LEASELINE_ONLINESIM__ALLOW", "onlinesim.allow"),
    ] {
        for (value, shown) in [
            ("proxy.example", "[\"proxy.example\"]"),
            ("10.1.0.0/8", "[\"10.1.0.0/8\"]"),
        ] {
            refused(name, value, &format!("{key} is {shown}: {wanted} …"));
        }
    }
}
