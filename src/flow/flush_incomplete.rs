//! Flushes concatenated SMS whose parts do not all arrive: they become messages with the parts that there are. So no renter
//! waits for ever (rule 12), and no part is lost (rule 7).

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::time::Duration;

use super::accept_sms::save;
use super::{Flows, StorageError};
use crate::domain::assignment::{OpenOperation, OwnNumber};
use crate::domain::concatenation::{ConcatKey, ConcatenatedSms, ConcatenatedSmsId};
use crate::domain::delivery::MessageId;
use crate::domain::fingerprint::Fingerprint;
use crate::domain::operation::{Operation, OperationId};
use crate::domain::phone::PhoneNumber;
use crate::domain::sms_filter::SmsFilter;
use crate::domain::time::Timestamp;
use crate::storage::messages::NewMessage;
use crate::storage::{Error, WriteTx, incomplete_messages, messages, operations};

/// The most SMS that one transaction flushes, and the most that it deletes.
const BATCH_MAX: u32 = 100;

impl Flows {
    /// Flushes what has waited too long, as incomplete messages, and deletes the parts of SMS that became messages long ago.
    /// Returns how many; call again as long as it does something and [`Flows::next_flush`] is zero.
    pub async fn flush_overdue(&self) -> Result<usize, StorageError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let overdue = incomplete_messages::overdue(&mut tx, now, self.policies.parts.parts_timeout, BATCH_MAX).await?;
        let forgotten = incomplete_messages::forget(&mut tx, now, self.policies.parts.memory(), BATCH_MAX).await?;
        if overdue.is_empty() && forgotten == 0 {
            tx.rollback().await?;
        } else {
            flush(&mut tx, &overdue, &self.policies.filter, now).await?;
            tx.commit().await?;
        }
        if !overdue.is_empty() {
            tracing::warn!(
                messages = overdue.len(),
                "parts of concatenated SMS did not arrive in time: they are pushed incomplete"
            );
            self.wakeups.deliveries.notify_one();
        }
        Ok(overdue.len() + forgotten)
    }

    /// How long until there is something to flush or to delete; zero: there is something now. `None`: nothing waits.
    pub async fn next_flush(&self) -> Result<Option<Duration>, StorageError> {
        let (waiting, closed) = incomplete_messages::times(&mut self.database.read().await?).await?;
        let now = self.clock.now();
        let left = |times: RangeInclusive<Timestamp>, delay: Duration| {
            if times.end().since(now) > delay {
                // The clock was set back.
                Duration::ZERO
            } else {
                (*times.start() + delay).since(now)
            }
        };
        let overdue = waiting.map(|started| left(started, self.policies.parts.parts_timeout));
        let forgotten = closed.map(|closed| left(closed, self.policies.parts.memory()));
        Ok(overdue.into_iter().chain(forgotten).min())
    }
}

/// Makes messages of concatenated SMS, from the parts that have arrived. Each belongs to the operation that was open
/// when its first part arrived, if that is still open (rule 8).
pub(super) async fn flush(
    tx: &mut WriteTx,
    waiting: &[ConcatenatedSms],
    filter: &SmsFilter,
    now: Timestamp,
) -> Result<(), Error> {
    if waiting.is_empty() {
        return Ok(());
    }
    // The owner was decided when the first part arrived; the time of sending does not matter any more.
    let numbers = waiting.iter().filter_map(|one| Some((one.key.to.number()?, None)));
    let own = operations::open_on(numbers);
    let (own, next_id) = tx.read_two(own, messages::next_id()).await?;
    let own: HashMap<PhoneNumber, OwnNumber> = own.into_iter().map(|one| (one.number, one)).collect();
    let new_messages: Vec<NewMessage<'_>> = (next_id..)
        .zip(waiting)
        .map(|(id, one)| {
            let own = one.key.to.number().and_then(|number| own.get(&number));
            message(MessageId(id), one, own.and_then(|own| own.open), filter)
        })
        .collect();
    let ids: Vec<ConcatenatedSmsId> = waiting.iter().map(|one| one.id).collect();
    incomplete_messages::close(tx, &ids, now);
    save(tx, &new_messages, &BTreeMap::new(), now);
    Ok(())
}

/// The message that a concatenated SMS becomes with the parts that it has, given the operation that is open on its
/// number.
fn message<'a>(
    id: MessageId,
    long: &'a ConcatenatedSms,
    open: Option<OpenOperation>,
    filter: &SmsFilter,
) -> NewMessage<'a> {
    let ConcatKey {
        gateway, to, sender, ..
    } = &long.key;
    let (owner, received_at) = long.assign(open);
    let text = long.text();
    NewMessage {
        id,
        gateway: *gateway,
        owner,
        external_id: None,
        fingerprint: Fingerprint::of_content(*gateway, to, sender, &text),
        to,
        sender,
        withheld: filter.decide_joined(sender, &text).is_withheld(),
        text: Cow::Owned(text),
        sent_at: long.sent_at,
        received_at,
        incomplete: true,
        with_current_token: false,
    }
}

/// Operations that are about to be closed.
pub(super) struct Closing {
    /// Those that exist.
    pub(super) operations: Vec<Operation>,
    /// Whether incomplete SMS of theirs became messages, which are due to be pushed.
    pub(super) flushed: bool,
}

/// Loads operations to close them, after their incomplete SMS are flushed: a part that arrived counts as an SMS (rule 9),
/// and belongs to the renter (rule 8).
pub(super) async fn load_closing(
    tx: &mut WriteTx,
    ids: &[OperationId],
    filter: &SmsFilter,
    now: Timestamp,
) -> Result<Closing, Error> {
    let loaded = operations::load_with_parts(tx, ids).await?;
    let with_parts: Vec<OperationId> = loaded.iter().filter(|one| one.1).map(|one| one.0.id).collect();
    if with_parts.is_empty() {
        return Ok(Closing {
            operations: loaded.into_iter().map(|one| one.0).collect(),
            flushed: false,
        });
    }
    let waiting = incomplete_messages::waiting_for(tx, &with_parts).await?;
    flush(tx, &waiting, filter, now).await?;
    Ok(Closing {
        operations: operations::load(tx, ids).await?,
        flushed: !waiting.is_empty(),
    })
}
