//! The SMS of a batch, each with the number that received it.

use std::collections::{HashMap, HashSet};

use super::filtered_batch::FilteredBatch;
use crate::domain::assignment::{AssignmentPolicy, Origin, OwnNumber, Owner};
use crate::domain::concatenation::ConcatKey;
use crate::domain::fingerprint::{ContentKey, Fingerprint, SmsId};
use crate::domain::phone::PhoneNumber;
use crate::domain::sms::{Destination, InboundSms, Receiver, Slot, SmsPart};
use crate::domain::sms_filter::FilterDecision;
use crate::domain::stock::GatewayId;
use crate::domain::time::Timestamp;
use crate::storage::{Error, WriteTx, slots};

/// An SMS as it was received. No `Debug`: it holds a text (rule 11).
pub(super) struct ReceivedSms<'a> {
    pub(super) gateway: GatewayId,
    pub(super) sms: &'a InboundSms,
    /// Of a part: about its sender alone.
    pub(super) decision: FilterDecision,
    /// The number that received it, or that of its line where the gateway reports only a line.
    pub(super) to: Destination,
    pub(super) fingerprint: Fingerprint,
    pub(super) received_at: Timestamp,
    pub(super) with_current_token: bool,
}

impl ReceivedSms<'_> {
    /// Whether only its content identifies it.
    pub(super) const fn is_without_id(&self) -> bool {
        self.sms.external_id.is_none() && self.sms.part.is_none()
    }

    pub(super) fn without_id(&self, owner: Owner, received_at: Timestamp) -> ContentKey {
        ContentKey {
            fingerprint: self.fingerprint,
            operation: owner.ok(),
            sent_at: self.sms.sent_at,
            received_at,
        }
    }

    /// Its id, if its gateway gave it one, and its fingerprint.
    pub(super) fn id(&self) -> Option<(SmsId<'_>, Fingerprint)> {
        let id = SmsId {
            gateway: self.gateway,
            external_id: self.sms.external_id.as_deref()?,
            sequence: self.sms.part.map(|part| part.sequence),
        };
        Some((id, self.fingerprint))
    }

    /// What this part has in common with the other parts of its SMS.
    pub(super) fn concat_key(&self, part: SmsPart) -> ConcatKey {
        ConcatKey {
            gateway: self.gateway,
            to: self.to.clone(),
            sender: self.sms.sender.clone(),
            reference: part.reference,
            total: part.total,
        }
    }

    /// The operation that it belongs to, and the time at which it counts as received.
    pub(super) fn assign(
        &self,
        policy: &AssignmentPolicy,
        own: &HashMap<PhoneNumber, OwnNumber>,
        now: Timestamp,
    ) -> (Owner, Timestamp) {
        let own = self.to.number().and_then(|number| own.get(&number));
        let origin = Origin {
            gateway: self.gateway,
            sent_at: self.sms.sent_at,
            received_at: self.received_at,
        };
        policy.assign(&self.to, own, origin, now)
    }
}

/// All SMS of the requests, in their order. Needs a round trip only when some of them report a line.
pub(super) async fn resolve_destinations<'a>(
    tx: &mut WriteTx,
    requests: &[&'a FilteredBatch],
) -> Result<Vec<ReceivedSms<'a>>, Error> {
    let each = || {
        requests
            .iter()
            .flat_map(|one| one.each().map(|(sms, decision)| (&one.batch, sms, decision)))
    };
    let reported: HashSet<(GatewayId, &Slot)> = each()
        .flat_map(|(request, sms, _)| {
            match &sms.receiver {
                Receiver::Number(_) => [].iter(),
                Receiver::Lines(slots) => slots.iter(),
            }
            .map(move |line| (request.gateway, line))
        })
        .collect();
    let numbers: HashMap<(GatewayId, Slot), PhoneNumber> = if reported.is_empty() {
        HashMap::new()
    } else {
        let assigned = slots::by_slot(tx, &reported.into_iter().collect::<Vec<_>>()).await?;
        assigned
            .into_iter()
            .map(|one| ((one.gateway, one.line), one.number))
            .collect()
    };
    let received = each().map(|(request, sms, decision)| {
        let (gateway, received_at) = (request.gateway, request.received_at);
        let to = Destination::of(&sms.receiver, |line| numbers.get(&(gateway, line.clone())).copied());
        let fingerprint = match sms.external_id {
            Some(_) => Fingerprint::of_request(sms),
            None => Fingerprint::of_content(gateway, &to, &sms.sender, &sms.text.to_string_lossy()),
        };
        ReceivedSms {
            gateway,
            sms,
            decision,
            to,
            fingerprint,
            received_at,
            with_current_token: request.with_current_token,
        }
    });
    Ok(received.collect())
}
