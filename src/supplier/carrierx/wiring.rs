//! How a rented number's SMS come to us: its callback URL, and messaging, which is off at first and takes minutes to be
//! switched on.

use reqwest::{Method, RequestBuilder, StatusCode};
use serde::de::DeserializeOwned;

use super::CarrierX;
use super::refusals::{reason, refused};
use super::wire::{ChangeBody, EnableBody, Messaging, RentedDid};
use crate::domain::purchase::outcome::{CallFailure, CallResult, Reaction, WiringState};
use crate::domain::purchase::request::OwnedNumber;
use crate::supplier::client::SupplierAnswer;

/// Why the steps end before the last one.
enum Halt {
    At(WiringState),
    Failure(CallFailure),
}

impl From<CallFailure> for Halt {
    fn from(failure: CallFailure) -> Self {
        Self::Failure(failure)
    }
}

impl CarrierX {
    /// All steps from the first, each time; none is harmful when repeated. Messaging is switched on only while it is off,
    /// as a change is refused while another one is at work.
    pub(super) async fn wire_number(&self, owned: &OwnedNumber, sms_url: &str) -> CallResult<WiringState> {
        match self.wiring_steps(owned, sms_url).await {
            Ok(()) => Ok(WiringState::Done),
            Err(Halt::At(state)) => Ok(state),
            Err(Halt::Failure(failure)) => Err(failure),
        }
    }

    async fn wiring_steps(&self, owned: &OwnedNumber, sms_url: &str) -> Result<(), Halt> {
        let sid = self.sid(owned).await?;
        let sid = sid.ok_or_else(|| failed("the number is not rented to us"))?;
        let change = self.did(Method::PATCH, &sid, &[])?;
        self.step(change.json(&ChangeBody { callback_url: sms_url })).await?;
        let mut messaging: Messaging = self.step_read(self.did(Method::GET, &sid, &["messaging"])?).await?;
        if messaging.status.as_deref() == Some("disabled") {
            let enable = self.did(Method::POST, &sid, &["messaging"])?;
            self.step(enable.json(&EnableBody { enabled: true })).await?;
            messaging = self.step_read(self.did(Method::GET, &sid, &["messaging"])?).await?;
        }
        match messaging.status.as_deref() {
            Some("enabled") => {}
            Some("failed") => return Err(failed("the supplier could not switch messaging on")),
            // In progress; also what is not documented.
            _ => return Err(Halt::At(WiringState::InProgress)),
        }
        let did: RentedDid = self.step_read(self.did(Method::GET, &sid, &[])?).await?;
        if !did.can_receive_sms() {
            return Err(failed("the number cannot receive SMS"));
        }
        if !did.receives_sms() || did.callback_url.is_some_and(|url| url != sms_url) {
            return Err(Halt::At(WiringState::InProgress));
        }
        Ok(())
    }

    /// A call that has to succeed. 409: another change is at work. 404: no such number, or it has no SMS.
    async fn step(&self, call: RequestBuilder) -> Result<SupplierAnswer, Halt> {
        let answer = self.client.call(call).await?;
        match answer.status {
            status if status.is_success() => Ok(answer),
            StatusCode::CONFLICT => {
                let reason = "another change of the number is at work";
                Err(CallFailure::refused(Some("409".to_owned()), reason, Reaction::RetryWithBackoff).into())
            }
            StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY => Err(failed(&reason(&answer))),
            _ => Err(refused(&answer).into()),
        }
    }

    async fn step_read<T: DeserializeOwned>(&self, call: RequestBuilder) -> Result<T, Halt> {
        Ok(self.step(call).await?.json()?)
    }
}

fn failed(reason: &str) -> Halt {
    Halt::At(WiringState::Failed(reason.to_owned()))
}
