//! What the admin looks at. Nothing changes here.

use super::Flows;
use crate::clock::Clock;
use crate::domain::delivery::MessageId;
use crate::domain::ledger::Balance;
use crate::domain::number::Number;
use crate::domain::operation::OperationId;
use crate::domain::phone::PhoneNumber;
use crate::domain::stock::PoolId;
use crate::domain::time::Timestamp;
use crate::domain::trouble::TroubleId;
use crate::flow::watch_troubles::ENDED_KEPT;
use crate::storage::{
    Database, Error, audit, gateways, inventory, ledger, messages, numbers, operations, pools, troubles,
};

pub use crate::storage::audit::AuditRecord;
pub use crate::storage::gateways::ListedGateway;
pub use crate::storage::inventory::{ListedNumber, NumberFilter};
pub use crate::storage::ledger::ListedTransfer;
pub use crate::storage::messages::{ListedMessage, MessageFilter};
pub use crate::storage::operations::{ListedOperation, OperationFilter};
pub use crate::storage::pools::{ListedPool, PoolFilter};
pub use crate::storage::troubles::{ListedTrouble, TroubleState};

/// The most messages and the most lines of history that one operation is shown with.
pub const DETAILS_MAX: u32 = 1000;

/// Up to `limit` gateways after that name, by name.
pub async fn gateways(
    database: &Database,
    clock: &Clock,
    after: &str,
    limit: u32,
) -> Result<Vec<ListedGateway>, Error> {
    gateways::list(&mut database.read_for_admin().await?, clock.now(), after, limit).await
}

/// The gateway of that name.
pub async fn gateway(database: &Database, clock: &Clock, name: &str) -> Result<Option<ListedGateway>, Error> {
    gateways::by_name(&mut database.read_for_admin().await?, clock.now(), name).await
}

/// Up to `limit` numbers after that one, in the order of their texts.
pub async fn numbers(
    flows: &Flows,
    filter: &NumberFilter,
    after: Option<PhoneNumber>,
    limit: u32,
) -> Result<Vec<ListedNumber>, Error> {
    inventory::list(&mut flows.database.read_for_admin().await?, filter, after, limit).await
}

/// That number, if it is ours.
pub async fn number(flows: &Flows, number: PhoneNumber) -> Result<Option<ListedNumber>, Error> {
    inventory::find(&mut flows.database.read_for_admin().await?, number).await
}

/// Up to `limit` pools after that one, in the order in which they were made.
pub async fn pools(
    flows: &Flows,
    filter: &PoolFilter,
    after: Option<PoolId>,
    limit: u32,
) -> Result<Vec<ListedPool>, Error> {
    pools::list(&mut flows.database.read_for_admin().await?, filter, after, limit).await
}

/// Up to `limit` banned numbers, those whose ban ends first to begin with, after that end and number.
pub async fn bans(flows: &Flows, after: Option<(Timestamp, PhoneNumber)>, limit: u32) -> Result<Vec<Number>, Error> {
    numbers::banned(&mut flows.database.read_for_admin().await?, after, limit).await
}

/// Up to `limit` operations that are older than that one, the newest first.
pub async fn operations(
    flows: &Flows,
    filter: &OperationFilter,
    before: Option<OperationId>,
    limit: u32,
) -> Result<Vec<ListedOperation>, Error> {
    operations::list(&mut flows.database.read_for_admin().await?, filter, before, limit).await
}

/// An operation with all that happened to it.
pub struct WholeOperation {
    /// The operation.
    pub listed: ListedOperation,
    /// What was done to it after it was opened.
    pub history: Vec<AuditRecord>,
    /// Its messages, in order of arrival.
    pub messages: Vec<ListedMessage>,
}

/// That operation, with up to [`DETAILS_MAX`] lines of history and messages.
pub async fn operation(flows: &Flows, id: OperationId) -> Result<Option<WholeOperation>, Error> {
    let mut session = flows.database.read_for_admin().await?;
    let Some(listed) = operations::find(&mut session, id).await? else {
        return Ok(None);
    };
    Ok(Some(WholeOperation {
        listed,
        history: audit::of_operation(&mut session, id, DETAILS_MAX).await?,
        messages: messages::of_operation(&mut session, id, DETAILS_MAX).await?,
    }))
}

/// Up to `limit` messages that came before that one, the newest first.
pub async fn messages(
    flows: &Flows,
    filter: &MessageFilter,
    before: Option<MessageId>,
    limit: u32,
) -> Result<Vec<ListedMessage>, Error> {
    messages::list(&mut flows.database.read_for_admin().await?, filter, before, limit).await
}

/// That message.
pub async fn message(flows: &Flows, id: MessageId) -> Result<Option<ListedMessage>, Error> {
    messages::find(&mut flows.database.read_for_admin().await?, id).await
}

/// Up to `limit` lines of the ledger that are older than that one, the newest first; of one operation, or of all.
pub async fn ledger(
    flows: &Flows,
    operation: Option<OperationId>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<ListedTransfer>, Error> {
    ledger::list(&mut flows.database.read_for_admin().await?, operation, before, limit).await
}

/// The sums of the ledger.
pub async fn balance(flows: &Flows) -> Result<Balance, Error> {
    ledger::balance(&mut flows.database.read_for_admin().await?).await
}

/// Up to `limit` troubles that are open or ended in the last [`ENDED_KEPT`], that began before that one, the newest first.
pub async fn troubles(
    flows: &Flows,
    state: Option<TroubleState>,
    before: Option<TroubleId>,
    limit: u32,
) -> Result<Vec<ListedTrouble>, Error> {
    let since = flows.clock.now().minus(ENDED_KEPT);
    troubles::list(&mut flows.database.read_for_admin().await?, state, since, before, limit).await
}
