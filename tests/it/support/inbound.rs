//! SMS as adapters make them, for what the kind `generic` cannot express.

use leaseline::domain::sms::{InboundSms, Receiver, Recipient, Slot, SmsPart};
use leaseline::flow::accept_sms::{Accepted, InboundBatch};
use leaseline::flow::group_commit::SubmitError;

use super::seconds;
use super::test_server::{Gateway, TestServer};

impl TestServer {
    /// Delivers SMS as one request of the gateway does.
    pub async fn try_deliver(
        &self,
        gateway: &Gateway,
        messages: Vec<InboundSms>,
    ) -> Result<Vec<Accepted>, SubmitError> {
        let flows = &self.app().flows;
        let known = self.app().gateways.find(&gateway.token).await;
        let known = known.unwrap().expect("the gateway exists");
        let batch = InboundBatch {
            gateway: known.id,
            with_current_token: known.good_until.is_none(),
            messages,
            received_at: self.clock.now(),
        };
        flows.accept_sms(batch, tokio::time::Instant::now() + seconds(8)).await
    }

    /// The same for SMS that have to be accepted.
    pub async fn deliver(&self, gateway: &Gateway, messages: impl IntoIterator<Item = InboundSms>) -> Vec<Accepted> {
        self.try_deliver(gateway, messages.into_iter().collect()).await.unwrap()
    }
}

/// An SMS without an id, from `Service`.
pub fn plain(to: u64, text: &str) -> InboundSms {
    InboundSms {
        external_id: None,
        receiver: Receiver::Number(Recipient::parse(&to.to_string()).unwrap()),
        sender: "Service".to_owned(),
        text: text.into(),
        sent_at: None,
        part: None,
    }
}

/// Part `sequence` of `total`, without an id; all have the same reference.
pub fn part(to: u64, total: u8, sequence: u8, text: &str) -> InboundSms {
    InboundSms {
        part: SmsPart::new(7, total, sequence),
        ..plain(to, text)
    }
}

/// An SMS that came in on one of these lines.
pub fn on_lines(lines: &[&str], text: &str) -> InboundSms {
    let lines = lines.iter().map(|line| Slot::parse(line).unwrap()).collect();
    InboundSms {
        receiver: Receiver::Lines(lines),
        ..plain(1, text)
    }
}

pub fn with_id(id: &str, sms: InboundSms) -> InboundSms {
    InboundSms {
        external_id: Some(id.to_owned()),
        ..sms
    }
}

/// Part `sequence` of "Your code is 4821", without an id.
pub fn of_three(to: u64, sequence: u8) -> InboundSms {
    let texts = ["Your code ", "is 48", "21"];
    part(to, 3, sequence, texts[usize::from(sequence) - 1])
}
