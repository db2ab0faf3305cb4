//! The clients of the wholesalers, from the configuration.

use std::sync::Arc;

use secrecy::ExposeSecret as _;

use crate::config::suppliers::cm_wire::CmWireConfig;
use crate::config::suppliers::multitel::MultitelAccount;
use crate::config::{Config, ConfigError};
use crate::domain::gateway::{StoredAdapter, token};
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::policy::{PurchasePolicy, SupplierAccount};
use crate::domain::purchase::terms::SupplierTerms;
use crate::gateway::kind::GatewayKind;
use crate::gateway::settings::AdapterSettings;
use crate::supplier::Supplier;
use crate::supplier::carrierx::CarrierX;
use crate::supplier::client::SupplierClientError;
use crate::supplier::cm::{Cm, CmWireNames};
use crate::supplier::multitel::Multitel;
use crate::supplier::multitel_v3::MultitelV3;
use crate::supplier::registry::{SupplierEntry, Suppliers};

/// Why the clients of the wholesalers could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SuppliersError {
    /// Their sections are wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// That client could not be made.
    #[error("{0}: {1}")]
    Client(SupplierName, SupplierClientError),
}

/// The wholesalers whose sections are written. Nothing is called.
pub(super) fn build(config: &Config) -> Result<Suppliers, SuppliersError> {
    let accounts = config.supplier_accounts()?;
    let timeout = config.suppliers.timeout;
    let failed = |name| move |error| SuppliersError::Client(name, error);
    let mut entries = Vec::new();
    let classic = |account: MultitelAccount| {
        let MultitelAccount {
            url,
            user,
            password,
            sid,
            ..
        } = account;
        Multitel::new(&url, user, password, sid, timeout).map_err(failed(SupplierName::Multitel))
    };
    if let Some(account) = accounts.multitel_v3 {
        let classic = accounts.multitel.clone().map(classic).transpose()?;
        let client = MultitelV3::new(&account.url, account.user, account.password, timeout, classic);
        entries.push(entry(client.map_err(failed(SupplierName::MultitelV3))?, account.terms));
    }
    if let Some(account) = accounts.multitel {
        let terms = account.terms;
        entries.push(entry(classic(account)?, terms));
    }
    if let Some(account) = accounts.cm {
        let (names, price) = (cm_names(&config.cm_wire), account.terms.fixed_price);
        let client = Cm::new(&account.url, account.account, account.token, timeout, names, price);
        entries.push(entry(client.map_err(failed(SupplierName::Cm))?, account.terms));
    }
    if let Some(account) = accounts.carrierx {
        let client = CarrierX::new(&account.url, account.token, timeout);
        entries.push(entry(client.map_err(failed(SupplierName::CarrierX))?, account.terms));
    }
    Ok(Suppliers::new(entries, accounts.webhook_secret.unwrap_or_default()))
}

/// What the use cases know of the wholesalers. `base`: the public base of the gateways.
pub(super) fn policy(config: &Config, suppliers: &Suppliers, base: &str) -> Result<PurchasePolicy, ConfigError> {
    let account = |(name, entry): (SupplierName, &SupplierEntry)| {
        let account = SupplierAccount {
            terms: entry.terms,
            abilities: entry.client.abilities(),
            gateway_token: token::hash(suppliers.gateway_token(name).expose_secret()),
            adapter: adapter(name),
            sms_url_hash: token::hash(&suppliers.sms_url(name, base)),
        };
        (name, account)
    };
    Ok(PurchasePolicy {
        accounts: suppliers.iter().map(account).collect(),
        poll: config.suppliers.poll,
        pauses: config.suppliers.pause_policy(),
        rates: config.exchange_rates()?,
    })
}

/// The settings of the gateway at which the supplier delivers SMS.
fn adapter(name: SupplierName) -> StoredAdapter {
    let kind = match name {
        SupplierName::MultitelV3 | SupplierName::Multitel => "multitel",
        SupplierName::CarrierX => "carrierx",
        // Its API has no SMS: what receives them for these numbers is up to the partner.
        SupplierName::Cm => "generic",
    };
    let settings = AdapterSettings {
        kind: GatewayKind::parse(kind).expect("gateways have these kinds"),
        ..AdapterSettings::default()
    };
    settings.checked().expect("these kinds need no settings").stored
}

fn entry(client: impl Supplier + 'static, terms: SupplierTerms) -> SupplierEntry {
    SupplierEntry {
        client: Arc::new(client),
        terms,
    }
}

fn cm_names(config: &CmWireConfig) -> CmWireNames {
    let config = config.clone();
    CmWireNames {
        quantity: config.quantity,
        range_size: config.range_size,
        number_type: config.number_type,
        area_code: config.area_code,
        city: config.city,
        region: config.region,
        comment: config.comment,
        callback: config.callback,
        id: config.id,
        status: config.status,
        numbers: config.numbers,
        reason: config.reason,
        done: config.done,
        refused: config.refused,
        read: config.read,
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;

    use super::*;

    const REQUIRED: [(&str, &str); 4] = [
        ("LEASELINE_ONLINESIM__PUBLIC_URL", "https://numbers.example.org"),
        ("LEASELINE_ONLINESIM__KEYS", "key"),
        ("LEASELINE_ADMIN__TOKEN", "0123456789abcdef"),
        ("LEASELINE_PUSH__URL", "https://onlinesim.example"),
    ];

    const ALL: [(&str, &str); 13] = [
        ("LEASELINE_SUPPLIERS__WEBHOOK_SECRET", "0123456789abcdef"),
        ("LEASELINE_MULTITEL_V3__USER", "u"),
        ("LEASELINE_MULTITEL_V3__PASSWORD", "p"),
        ("LEASELINE_CM__ACCOUNT", "a"),
        ("LEASELINE_CM__TOKEN", "t"),
        ("LEASELINE_CM__SETUP", "0"),
        ("LEASELINE_CM__MONTHLY", "1.20"),
        ("LEASELINE_CARRIERX__TOKEN", "t"),
        ("LEASELINE_CARRIERX__CURRENCY", "EUR"),
        ("LEASELINE_RATES__USD", "92.50"),
        ("LEASELINE_RATES__EUR", "100"),
        ("LEASELINE_MULTITEL__USER", "u"),
        ("LEASELINE_MULTITEL__PASSWORD", "p"),
    ];

    fn configured(options: &[(&str, &str)]) -> Config {
        Config::load(None, REQUIRED.into_iter().chain(options.iter().copied())).unwrap()
    }

    fn built(options: &[(&str, &str)]) -> Suppliers {
        build(&configured(options)).unwrap()
    }

    #[test]
    fn the_inferred_names_of_the_manual_are_those_of_the_client() {
        let config = Config::load(None, REQUIRED).unwrap();
        assert_eq!(cm_names(&config.cm_wire), CmWireNames::default());
    }

    #[test]
    fn what_is_not_written_is_off() {
        assert_eq!(built(&[]).iter().count(), 0);
    }

    #[test]
    fn each_section_is_a_client_with_its_terms() {
        let names = |suppliers: &Suppliers| suppliers.iter().map(|(name, _)| name).collect::<Vec<_>>();
        let suppliers = built(&ALL);
        assert_eq!(names(&suppliers), SupplierName::iter().collect::<Vec<_>>());
        let terms = suppliers.terms();
        let carrierx = terms[&SupplierName::CarrierX];
        assert_eq!(carrierx.currency.to_string(), "EUR");
        assert_eq!(carrierx.messaging.to_string(), "0.02775", "0.03 USD");
        assert!(terms[&SupplierName::Cm].fixed_price.is_some());
        // v3 has no look-up of its own.
        let abilities = |suppliers: &Suppliers| suppliers.get(SupplierName::MultitelV3).unwrap().client.abilities();
        let alone = built(&ALL[..11]);
        assert!(!names(&alone).contains(&SupplierName::Multitel));
        assert!(abilities(&suppliers).len() > abilities(&alone).len());
    }

    #[test]
    fn the_use_cases_get_what_the_gateways_of_suppliers_are_made_of() {
        let config = configured(&ALL);
        let suppliers = build(&config).unwrap();
        let policy = policy(&config, &suppliers, "https://sms.example").unwrap();
        let kinds: Vec<&str> = policy
            .accounts
            .values()
            .map(|account| account.adapter.kind.as_str())
            .collect();
        assert_eq!(kinds, ["multitel", "multitel", "generic", "carrierx"]);
        let account = &policy.accounts[&SupplierName::CarrierX];
        let token = suppliers.gateway_token(SupplierName::CarrierX);
        assert_eq!(account.gateway_token, token::hash(token.expose_secret()));
        let url = format!("https://sms.example/in/{}", token.expose_secret());
        assert_eq!(account.sms_url_hash, token::hash(&url));
        let (amount, currency) = ("2".parse().unwrap(), "USD".parse().unwrap());
        assert_eq!(policy.rates.to_kopecks(amount, currency).unwrap().as_i64(), 18_500);
        assert_eq!(policy.poll.as_secs(), 60);
    }
}
