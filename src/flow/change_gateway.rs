//! The partner changes a gateway's bounds. Numbers that are rented stay so, whatever the capacity is now.

use crate::clock::Clock;
use crate::domain::gateway::{GatewaySettings, HeartbeatTimeout};
use crate::storage::audit::{Actor, Deed};
use crate::storage::gateways::Listed;
use crate::storage::{Database, Error, audit, gateways};

/// What is to change. `None`: stays as it is; `Some(None)`: no bound any more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GatewayChange {
    /// See [`GatewaySettings::capacity`].
    pub capacity: Option<Option<u32>>,
    /// See [`GatewaySettings::heartbeat_timeout`].
    pub heartbeat_timeout: Option<Option<HeartbeatTimeout>>,
}

/// Changes the gateway with that name; `None` when there is none.
pub async fn change_gateway(
    database: &Database,
    clock: &Clock,
    name: &str,
    change: GatewayChange,
) -> Result<Option<Listed>, Error> {
    let mut tx = database.write().await?;
    let now = clock.now();
    let Some(gateway) = gateways::by_name(&mut tx, now, name).await? else {
        return Ok(None);
    };
    let settings = GatewaySettings {
        capacity: change.capacity.unwrap_or(gateway.settings.capacity),
        heartbeat_timeout: change.heartbeat_timeout.unwrap_or(gateway.settings.heartbeat_timeout),
    };
    if settings == gateway.settings {
        return Ok(Some(gateway));
    }
    let deed = Deed {
        actor: Actor::Admin,
        action: "gateway changed",
        operation: None,
        number: None,
        detail: Some(format!("{name}: {}", words(&settings))),
    };
    gateways::save(&mut tx, gateway.id, &settings);
    audit::write(&mut tx, &[deed], now);
    let changed = gateways::by_name(&mut tx, now, name).await?;
    tx.commit().await?;
    Ok(changed)
}

fn words(settings: &GatewaySettings) -> String {
    let capacity = settings
        .capacity
        .map_or_else(|| "none".to_owned(), |capacity| capacity.to_string());
    let timeout = settings
        .heartbeat_timeout
        .map_or_else(|| "none".to_owned(), |timeout| format!("{} ms", timeout.as_ms()));
    format!("capacity {capacity}, heartbeat time-out {timeout}")
}
