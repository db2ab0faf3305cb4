//! The wholesalers that are on, each with its client and its terms.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use hmac::{Hmac, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

use super::Supplier;
use crate::domain::purchase::terms::SupplierTerms;
use crate::domain::purchase::{LineId, SupplierName};

/// A wholesaler that is on.
#[derive(Debug, Clone)]
pub struct SupplierEntry {
    /// Calls it.
    pub client: Arc<dyn Supplier>,
    /// What may be bought there.
    pub terms: SupplierTerms,
}

/// All wholesalers that are on. A copy is cheap.
#[derive(Clone)]
pub struct Suppliers {
    entries: Arc<BTreeMap<SupplierName, SupplierEntry>>,
    webhook_secret: SecretString,
}

impl Suppliers {
    /// These; `webhook_secret` keys the tokens of their gateways.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = SupplierEntry>, webhook_secret: SecretString) -> Self {
        let entries = entries.into_iter().map(|entry| (entry.client.name(), entry));
        Self {
            entries: Arc::new(entries.collect()),
            webhook_secret,
        }
    }

    /// That one; `None`: it is off.
    #[must_use]
    pub fn get(&self, name: SupplierName) -> Option<&SupplierEntry> {
        self.entries.get(&name)
    }

    /// All of them, in the order of their names' definition.
    pub fn iter(&self) -> impl Iterator<Item = (SupplierName, &SupplierEntry)> {
        self.entries.iter().map(|(name, entry)| (*name, entry))
    }

    /// The terms of all of them.
    #[must_use]
    pub fn terms(&self) -> BTreeMap<SupplierName, SupplierTerms> {
        self.iter().map(|(name, entry)| (name, entry.terms)).collect()
    }

    /// The token of the supplier's gateway: the database has its hash only, so after a restart it is computed again. The
    /// same secret always gives the same token.
    #[must_use]
    pub fn gateway_token(&self, name: SupplierName) -> SecretString {
        let key = self.webhook_secret.expose_secret().as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
        mac.update(<&str>::from(name).as_bytes());
        SecretString::from(hex::encode(mac.finalize().into_bytes()))
    }

    /// Where the supplier delivers SMS. `base` is the public base of the gateways, without a slash at its end. As secret
    /// as the token in it.
    #[must_use]
    pub fn sms_url(&self, name: SupplierName, base: &str) -> String {
        format!("{base}/in/{}", self.gateway_token(name).expose_secret())
    }

    /// Where the supplier reports that it filled an order, which is found by its first line. As secret as the token in it.
    #[must_use]
    pub fn status_url(&self, name: SupplierName, base: &str, line: LineId) -> String {
        format!("{base}/orders/{}/{}", self.gateway_token(name).expose_secret(), line.0)
    }
}

impl fmt::Debug for Suppliers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.entries.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::purchase::price::Millionths;
    use crate::supplier::carrierx::CarrierX;

    fn suppliers(webhook_secret: &str) -> Suppliers {
        let client = CarrierX::new("https://a.example", SecretString::from("t0ken"), Duration::from_secs(1)).unwrap();
        let terms = SupplierTerms {
            currency: "USD".parse().unwrap(),
            budget_per_day: None,
            fixed_price: None,
            messaging: Millionths::ZERO,
        };
        let entry = SupplierEntry {
            client: Arc::new(client),
            terms,
        };
        Suppliers::new([entry], SecretString::from(webhook_secret))
    }

    #[test]
    fn a_supplier_is_found_by_its_name() {
        let suppliers = suppliers("secret");
        assert!(suppliers.get(SupplierName::CarrierX).is_some());
        assert!(suppliers.get(SupplierName::Cm).is_none());
        assert_eq!(Vec::from_iter(suppliers.terms().into_keys()), [SupplierName::CarrierX]);
    }

    #[test]
    fn addresses_hold_a_token_that_the_secret_and_the_name_determine() {
        let suppliers = suppliers("0123456789abcdef");
        // printf %s carrierx | openssl dgst -sha256 -hmac 0123456789abcdef
        let token = "004c6b6199699955595a8ae0cc43882e1d044306a1f529ed91ebe9291999d746";
        let url = suppliers.sms_url(SupplierName::CarrierX, "https://sms.example/x");
        assert_eq!(url, format!("https://sms.example/x/in/{token}"));
        let url = suppliers.status_url(SupplierName::CarrierX, "https://sms.example", LineId(31));
        assert_eq!(url, format!("https://sms.example/orders/{token}/31"));
        let other = suppliers.gateway_token(SupplierName::Cm);
        assert_eq!(
            other.expose_secret(),
            "0ab86ed4a6b37e9b0a29bf19360d1ed75c581989279f7bda143df0ccda0b6df5"
        );
    }

    #[test]
    fn no_secret_is_shown() {
        let suppliers = suppliers("0123456789abcdef");
        let shown = format!("{suppliers:?} {:?}", suppliers.get(SupplierName::CarrierX));
        assert!(
            !shown.contains("0123456789abcdef") && !shown.contains("t0ken"),
            "{shown}"
        );
    }
}
