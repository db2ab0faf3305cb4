//! The settings of each part of the server, from the configuration.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::StartError;
use crate::config::Config;
use crate::config::storage::StorageTls;
use crate::domain::assignment::AssignmentPolicy;
use crate::domain::concatenation::PartTimeouts;
use crate::domain::delivery::RetryPolicy;
use crate::domain::notification::NotificationPolicy;
use crate::domain::retention::RetentionPolicy;
use crate::domain::strike::StrikePolicy;
use crate::domain::trouble::DiskLimits;
use crate::flow::watch_troubles::TroubleLimits;
use crate::flow::{Flows, Policies};
use crate::notify::Notifier;
use crate::onlinesim::push_sms::PushSettings;
use crate::storage::{ServerTls, StorageSettings};
use crate::worker::notifications::Notifications;

/// How the database is reached.
#[must_use]
pub fn storage(config: &Config) -> StorageSettings {
    let storage = &config.storage;
    StorageSettings {
        url: storage.url.expose().into(),
        password: storage.password.clone(),
        password_file: storage.password_file.clone(),
        connections: storage.connections,
        readers: storage.readers,
        tls: match storage.tls {
            StorageTls::VerifyFull => ServerTls::VerifyFull,
            StorageTls::Require => ServerTls::Require,
            StorageTls::Off => ServerTls::Off,
        },
        ca_file: storage.ca_file.clone(),
        client: storage.client_cert.clone().zip(storage.client_key.clone()),
        schema: storage.schema.clone(),
    }
}

/// The beginning of the URLs that gateways call; `onlinesim` is the address of their listener.
#[must_use]
pub fn gateway_base(config: &Config, onlinesim: SocketAddr) -> String {
    config.gateway.public_base(&config.onlinesim, &config.tls, onlinesim)
}

pub(super) fn policies(config: &Config) -> Policies {
    let rent = &config.rent;
    let (push, gateway) = (&config.push, &config.gateway);
    let filter = config.filter.filter();
    let filter = filter.expect("wrong expressions are refused when the configuration is loaded");
    Policies {
        strikes: StrikePolicy {
            guard: rent.guard,
            strikes_max: rent.strikes_max,
            ban: rent.ban,
            rest: rent.rest,
        },
        retry: RetryPolicy {
            retry_every: push.retry_every,
            age_max: push.age_max,
        },
        assignment: AssignmentPolicy {
            strict: gateway.strict,
            clock_tolerance: rent.clock_tolerance,
            sms_per_hour_max: gateway.sms_per_number_max,
        },
        parts: PartTimeouts {
            duplicate_window: gateway.duplicate_window,
            parts_timeout: gateway.parts_timeout,
        },
        filter: Arc::new(filter),
        notifications: NotificationPolicy {
            after: config.notify.after,
            repeat: config.notify.repeat,
            channels: config.notify.channels(),
        },
    }
}

pub(super) const fn retention(config: &Config) -> RetentionPolicy {
    let retention = &config.retention;
    RetentionPolicy {
        messages: retention.messages,
        texts: retention.texts,
        senders: retention.senders,
        attempts: retention.attempts,
    }
}

/// The worker that reports troubles.
pub(super) fn notifications(
    config: &Config,
    flows: &Flows,
    stop: &CancellationToken,
) -> Result<Arc<Notifications>, StartError> {
    let notifier = Notifier::new(config.notify.accounts()?)?;
    Ok(Arc::new(Notifications::new(flows.clone(), notifier, stop.clone())))
}

pub(super) fn push_settings(config: &Config) -> PushSettings {
    let push = &config.push;
    PushSettings {
        url: push.endpoint(),
        timeout: push.timeout,
        sms_id: push.sms_id,
        phone: push.phone,
        parallel: push.parallel,
    }
}

/// A rental counts as silent some time before Onlinesim cancels it, at the end of the guard interval. As many of them in a row
/// as would ban a number make a gateway count as silent.
#[must_use]
pub fn trouble_limits(config: &Config) -> TroubleLimits {
    let troubles = &config.troubles;
    TroubleLimits {
        sms_overdue: troubles.sms_overdue,
        onlinesim_silent: troubles.onlinesim_silent,
        rental_silent: config.rent.guard * 3 / 4,
        silent_rentals: config.rent.strikes_max.into(),
        backup_age: config.backup.schedule().map(|schedule| schedule.age_max()),
        disk: DiskLimits {
            free_bytes_min: troubles.disk_free_bytes_min,
            free_percent_min: troubles.disk_free_percent_min,
        },
    }
}
