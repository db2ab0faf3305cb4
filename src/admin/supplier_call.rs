//! Calls to suppliers that only read: nothing is bought or changed there. Purchases are stored before they are called, and
//! called by a worker (rule 13).

use std::time::Duration;

use axum::http::StatusCode;
use tokio::time::timeout;

use super::AdminApi;
use super::problem::Problem;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::ability::Ability;
use crate::domain::purchase::outcome::{CallFailure, CallResult, Refusal};
use crate::domain::purchase::pause::Pause;
use crate::supplier::{Call, Supplier};

/// How long a list of what is ours may take, with all its pages.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What the supplier answered, if it is on, has that ability, is not paused, and answers in time. What is ours can be listed
/// while the supplier waits to be resumed. What the call shows about it is noted.
pub(super) async fn read<'a, T: Send + Sync>(
    api: &'a AdminApi,
    name: SupplierName,
    ability: Ability,
    call: impl FnOnce(&'a dyn Supplier) -> Call<'a, T>,
) -> Result<T, Problem> {
    let entry = api.suppliers.get(name).ok_or_else(|| off(name))?;
    if !entry.client.abilities().contains(&ability) {
        return Err(not_offered(name));
    }
    refuse_paused(name, ability, api.flows.supplier_pause(name).await?)?;
    let Ok(answer) = timeout(longest(api, ability), call(entry.client.as_ref())).await else {
        let late: CallResult<()> = Err(CallFailure::NoAnswer("the call took too long".to_owned()));
        api.flows.note_supplier_call(name, &late).await?;
        return Err(unavailable(format!("{name} did not answer in time")));
    };
    api.flows.note_supplier_call(name, &answer).await?;
    answer.map_err(|failure| match failure {
        CallFailure::NotOffered => not_offered(name),
        CallFailure::Refused(Refusal {
            code: Some(code),
            reason,
            ..
        }) => failed(name, &format!("{reason} (code {code})")),
        CallFailure::Refused(refusal) => failed(name, &refusal.reason),
        CallFailure::NoAnswer(reason) => failed(name, &reason),
    })
}

/// Whether to resume a supplier may depend on what is ours there: after a restore its list shows what was bought meanwhile.
fn refuse_paused(name: SupplierName, ability: Ability, pause: Pause) -> Result<(), Problem> {
    match pause {
        Pause::None => Ok(()),
        Pause::UntilResumed { .. } if ability == Ability::Owned => Ok(()),
        Pause::Until { reason, .. } | Pause::UntilResumed { reason } => {
            Err(unavailable(format!("{name} is paused: {reason}")))
        }
    }
}

/// A search may take a little less than one exchange: so what is slow is not taken for what is broken.
fn longest(api: &AdminApi, ability: Ability) -> Duration {
    match ability {
        Ability::Search => api.supplier_timeout - api.supplier_timeout / 10,
        _ => TIMEOUT,
    }
}

/// Its section of the configuration is missing.
pub(super) fn off(name: SupplierName) -> Problem {
    Problem::conflict(format!("{name} is off: the configuration has no section for it"))
}

fn not_offered(name: SupplierName) -> Problem {
    Problem::conflict(format!("{name} does not offer this"))
}

fn unavailable(detail: String) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail)
}

fn failed(name: SupplierName, reason: &str) -> Problem {
    Problem::new(StatusCode::BAD_GATEWAY, format!("{name} failed: {reason}"))
}
