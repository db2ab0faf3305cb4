//! Gateways: when each was last there.

use std::collections::HashMap;
use std::time::Duration;

use super::{CheckFinding, DoctorCheck, Subject};
use crate::app;
use crate::clock::Random;
use crate::domain::gateway::ListedGateway;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::domain::trouble::{ListedTrouble, Trouble, TroubleState};
use crate::flow::{Flows, StorageError};
use crate::storage::Database;

const CHECK: DoctorCheck = DoctorCheck::Gateways;
/// How many are looked at.
const GATEWAYS_MAX: u32 = 1_000;
/// How many troubles are looked at.
const TROUBLES_MAX: u32 = 1_000;
/// How many are named in one line.
const NAMED_MAX: usize = 10;

/// What the database has about gateways.
struct GatewaySigns {
    gateways: Vec<ListedGateway>,
    last_sms: HashMap<GatewayId, Timestamp>,
    troubles: Vec<ListedTrouble>,
    now: Timestamp,
}

/// Which gateways are silent, by the rules of the troubles `gateway_offline` and `gateway_silent`.
pub(super) async fn check(subject: &Subject, database: Option<&Database>) -> Vec<CheckFinding> {
    let Some(database) = database else {
        return vec![CHECK.skipped("not looked at, because the database cannot be used")];
    };
    let (flows, _) = app::flows(
        &subject.config,
        database.clone(),
        subject.clock.clone(),
        Random::system(),
    );
    let signs = match read(&flows).await {
        Ok(signs) => signs,
        Err(error) => {
            return vec![CHECK.wrong(
                format!("the database cannot be read: {error}"),
                "see the check `database`",
            )];
        }
    };
    if signs.gateways.is_empty() {
        return vec![CHECK.skipped("there is none yet: `leaseline gateway new`")];
    }
    if subject.server.running().is_none() {
        let last = signs.summary();
        return vec![CHECK.skipped(format!(
            "no server is known to run, which gateways could reach; the last signs: {last}"
        ))];
    }
    let mut findings: Vec<CheckFinding> = signs.offline().chain(signs.silent()).collect();
    if findings.is_empty() {
        findings.push(CHECK.ok(format!("none is silent; the last signs: {}", signs.summary())));
    }
    findings
}

async fn read(flows: &Flows) -> Result<GatewaySigns, StorageError> {
    Ok(GatewaySigns {
        gateways: flows.list_gateways("", GATEWAYS_MAX).await?,
        last_sms: flows.last_sms_of_gateways().await?,
        troubles: flows
            .list_troubles(Some(TroubleState::Open), None, TROUBLES_MAX)
            .await?,
        now: flows.now(),
    })
}

impl GatewaySigns {
    /// Those without a heartbeat in time; a gateway without numbers is not reported, as in troubles.
    fn offline(&self) -> impl Iterator<Item = CheckFinding> {
        let offline = self.gateways.iter();
        let offline = offline.filter(|one| one.settings.enabled && !one.online && one.numbers > 0);
        offline.map(|one| {
            let (name, last) = (&one.name, self.last_sign(one));
            CHECK.wrong(
                format!(
                    "{name} is offline: its last sign is {last}; numbers that are not promised: {}",
                    one.numbers
                ),
                format!(
                    "look at the gateway and its way to this server; `leaseline gateway show {name}` has a line to try"
                ),
            )
        })
    }

    /// Those whose rentals stay without SMS, as the server has found.
    fn silent(&self) -> impl Iterator<Item = CheckFinding> {
        let silent = self.troubles.iter();
        let silent = silent.filter(|one| matches!(one.trouble.trouble, Trouble::GatewaySilent(_)));
        silent.map(|one| {
            let name = one.gateway.as_deref().unwrap_or("a gateway");
            CHECK.wrong(
                format!("{name} is silent: {}", one.trouble.detail),
                format!("its modems, SIM cards and forwarding; `leaseline gateway show {name}` has a line to try"),
            )
        })
    }

    fn summary(&self) -> String {
        let named = self.gateways.iter().take(NAMED_MAX);
        let mut parts: Vec<String> = named
            .map(|one| format!("{} {}", one.name, self.last_sign(one)))
            .collect();
        let others = self.gateways.len().saturating_sub(NAMED_MAX);
        if others > 0 {
            parts.push(format!("and {others} more"));
        }
        parts.join(", ")
    }

    /// Its last heartbeat or SMS.
    fn last_sign(&self, gateway: &ListedGateway) -> String {
        let last = gateway.heartbeat_at.max(self.last_sms.get(&gateway.id).copied());
        last.map_or_else(
            || "not known".to_owned(),
            |last| {
                let ago = Duration::from_secs(self.now.since(last).as_secs());
                format!("{} ago", humantime::format_duration(ago))
            },
        )
    }
}
