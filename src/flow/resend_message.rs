//! The admin has a refused or parked message pushed again (rule 7).

use super::{Flows, StorageError};
use crate::domain::audit::{Actor, AuditEvent, AuditedChange};
use crate::domain::delivery::{DeliveryState, MessageId, PushRefusal};
use crate::storage::{audit, deliveries, messages, operations};

/// Why a message is not pushed again.
#[derive(Debug, thiserror::Error)]
pub enum ResendMessageError {
    /// There is no such message.
    #[error("there is no such message")]
    Unknown,
    /// It belongs to no operation, so Onlinesim has no renter for it.
    #[error("the message belongs to no operation")]
    Unassigned,
    /// The filter withheld it when it arrived.
    #[error("the message is withheld (filter.withhold_senders, filter.withhold_texts): it is never pushed")]
    Withheld,
    /// Its delivery is neither refused nor parked.
    #[error("the delivery is {0}, neither refused nor parked")]
    NotSettled(DeliveryState),
    /// Its text or its sender was blanked: nothing is left that could be pushed.
    #[error("the text or the sender of the message was blanked, so it cannot be pushed again")]
    Blanked,
    /// The database failed; nothing changed.
    #[error(transparent)]
    Storage(StorageError),
}

impl Flows {
    /// Makes the delivery due again. It is tried at least once, however old it is. A message that was refused as BAD_SERVICE
    /// counts as an SMS of its operation again.
    pub async fn resend_message(&self, message: MessageId) -> Result<(), ResendMessageError> {
        let mut tx = self.database.write().await?;
        let now = self.clock.now();
        let listed = messages::find(&mut tx, message)
            .await?
            .ok_or(ResendMessageError::Unknown)?;
        if listed.withheld {
            return Err(ResendMessageError::Withheld);
        }
        let is_blanked = listed.is_blanked();
        let assigned = listed.delivery.zip(listed.operation);
        let (delivery, operation) = assigned.ok_or(ResendMessageError::Unassigned)?;
        if !delivery.state.can_be_requeued() {
            return Err(ResendMessageError::NotSettled(delivery.state));
        }
        if is_blanked {
            return Err(ResendMessageError::Blanked);
        }
        let event = AuditEvent {
            actor: Actor::Admin,
            kind: AuditedChange::SentAgain.into(),
            operation: Some(operation),
            number: listed.number.parse().ok(),
            detail: Some(format!("message {}", message.0)),
        };
        deliveries::requeue(&mut tx, message, operation, now);
        if delivery.refusal.is_some_and(PushRefusal::does_not_count) {
            operations::add_sms(&mut tx, &[(operation, 1)]);
        }
        audit::write(&mut tx, &[event], now);
        tx.commit().await?;
        self.wakeups.deliveries.notify_one();
        Ok(())
    }
}
