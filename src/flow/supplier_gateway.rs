//! Each supplier has a gateway of its name, to which its numbers' SMS go. It is made at the supplier's first order; its token
//! follows from `suppliers.webhook_secret`, so that a restart can wire numbers again while only the hash is stored.

use crate::domain::audit::{Actor, AuditEvent, AuditedChange};
use crate::domain::gateway::{GatewayName, GatewaySettings, OLD_TOKEN_AGE_MAX, OLD_TOKENS_MAX};
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::policy::{PurchasePolicy, SupplierAccount};
use crate::domain::time::Timestamp;
use crate::storage::gateways::{self, tokens};
use crate::storage::{Error, WriteTx, audit};

/// Gives the gateways of suppliers the tokens that follow from the configuration, where these have changed; returns those
/// suppliers.
pub(super) async fn renew_gateways(
    tx: &mut WriteTx,
    policy: &PurchasePolicy,
    now: Timestamp,
) -> Result<Vec<SupplierName>, Error> {
    let mut renewed = Vec::new();
    for (supplier, account) in &policy.accounts {
        let known = gateways::load(tx, now, &supplier.to_string()).await?;
        if known.is_some_and(|gateway| gateway.adapter.kind == account.adapter.kind)
            && ensure_gateway(tx, *supplier, account, now).await?
        {
            renewed.push(*supplier);
        }
    }
    Ok(renewed)
}

/// Makes the supplier's gateway, or gives the one that has its name the supplier's token; older tokens stay valid as long as
/// they may, because numbers are wired to them. Returns whether it has that token only now. The caller has checked its kind.
pub(super) async fn ensure_gateway(
    tx: &mut WriteTx,
    supplier: SupplierName,
    account: &SupplierAccount,
    now: Timestamp,
) -> Result<bool, Error> {
    let name = GatewayName::parse(&supplier.to_string()).expect("names of suppliers fit into URLs");
    let token = &account.gateway_token;
    let change = match gateways::load(tx, now, name.as_str()).await? {
        None => {
            gateways::insert(tx, &name, token, &GatewaySettings::default(), &account.adapter, now);
            AuditedChange::GatewayCreated
        }
        Some(known) => {
            let owner = tokens::owner_of(tx, token, now).await?;
            if owner.is_some_and(|owner| owner.id == known.id && owner.good_until.is_none()) {
                return Ok(false);
            }
            if known.old_tokens >= OLD_TOKENS_MAX {
                tokens::forget_oldest(tx, known.id);
            }
            tokens::replace(tx, known.id, token, Some(now + OLD_TOKEN_AGE_MAX), now);
            AuditedChange::GatewayTokenReplaced
        }
    };
    let event = AuditEvent {
        actor: Actor::Server,
        kind: change.into(),
        operation: None,
        number: None,
        detail: Some(format!("{name}, for orders from the supplier of that name")),
    };
    audit::write(tx, &[event], now);
    Ok(true)
}
