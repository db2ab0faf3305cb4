//! The settings by which the use cases buy.

use std::collections::BTreeMap;
use std::time::Duration;

use super::SupplierName;
use super::ability::Ability;
use super::pause::PausePolicy;
use super::rates::ExchangeRates;
use super::terms::SupplierTerms;
use crate::domain::gateway::StoredAdapter;
use crate::domain::gateway::token::TokenHash;

/// What is known about the wholesalers that are on.
#[derive(Debug, Clone)]
pub struct PurchasePolicy {
    /// Those that are on.
    pub accounts: BTreeMap<SupplierName, SupplierAccount>,
    /// How often what is open is asked for again: `suppliers.poll`.
    pub poll: Duration,
    /// How long a supplier or a line is left alone after failures.
    pub pauses: PausePolicy,
    /// What costs are worth in roubles.
    pub rates: ExchangeRates,
}

impl PurchasePolicy {
    /// The wholesaler, if it is on and its API offers that.
    #[must_use]
    pub fn offering(&self, supplier: SupplierName, ability: Ability) -> Option<&SupplierAccount> {
        self.accounts.get(&supplier).filter(|account| account.can(ability))
    }
}

/// A wholesaler that is on.
#[derive(Debug, Clone)]
pub struct SupplierAccount {
    /// What numbers cost there, and what a day may cost.
    pub terms: SupplierTerms,
    /// What its API offers besides buying.
    pub abilities: &'static [Ability],
    /// The hash of the token of its gateway, which is named after it.
    pub gateway_token: TokenHash,
    /// What parses the SMS that it sends.
    pub adapter: StoredAdapter,
    /// SHA-256 of the address to which it sends SMS.
    pub sms_url_hash: [u8; 32],
}

impl SupplierAccount {
    /// Whether its API offers that.
    #[must_use]
    pub fn can(&self, ability: Ability) -> bool {
        self.abilities.contains(&ability)
    }
}

/// Of a server without wholesalers.
impl Default for PurchasePolicy {
    fn default() -> Self {
        Self {
            accounts: BTreeMap::new(),
            poll: Duration::from_secs(60),
            pauses: PausePolicy {
                first: Duration::from_secs(60),
                max: Duration::from_secs(3600),
            },
            rates: ExchangeRates::default(),
        }
    }
}
