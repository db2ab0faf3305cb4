//! Multitel v3: rents one number, chosen by its price id. Documented: RentNumber and bulk_restore; Basic authentication of
//! RentNumber and its form encoding are inferred. Its own look-up and release are not documented: where Multitel's older
//! API is configured, too, that one is asked (inferred: both serve the same account).

mod wire;

use std::time::Duration;

use futures_util::future::FutureExt as _;
use reqwest::Method;
use secrecy::SecretString;

use self::wire::{BulkRestore, RentEnvelope, Rented, Restored, RestoredNumber};
use super::client::{Credentials, SupplierClient, SupplierClientError};
use super::message::message;
use super::multitel::Multitel;
use super::{Call, Supplier};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::ability::Ability;
use crate::domain::purchase::outcome::{CallFailure, CallResult, Ownership, Purchase, Reaction, SuppliedNumber};
use crate::domain::purchase::request::{OwnedNumber, PurchaseRequest, Selection};

/// As many as bulk_restore answers at once.
const RESTORE_MAX: usize = 10;
/// `smsringtype`: SMS are posted to a URL.
const SMS_URL_POST: &str = "2";

/// The client.
#[derive(Debug, Clone)]
pub struct MultitelV3 {
    client: SupplierClient,
    classic: Option<Multitel>,
}

impl MultitelV3 {
    /// The API at `url`, such as `https://api.multitel.net/v3`. `classic` looks numbers up and gives them back.
    pub fn new(
        url: &str,
        user: String,
        password: SecretString,
        timeout: Duration,
        classic: Option<Multitel>,
    ) -> Result<Self, SupplierClientError> {
        let client = SupplierClient::new(url, Credentials::Basic { user, password }, timeout)?;
        Ok(Self { client, classic })
    }

    /// Always a POST: with GET all options are ignored, so that the number's SMS would go nowhere.
    async fn rent(&self, request: &PurchaseRequest) -> CallResult<Purchase> {
        let Selection::Priced { number, price_uuid } = &request.selection else {
            return Err(CallFailure::NotOffered);
        };
        let mut form = request.options.clone();
        if !form.iter().any(|(name, _)| name == "description") {
            form.push(("description".to_owned(), request.mark.as_str().to_owned()));
        }
        if let Some(url) = &request.sms_url {
            form.push(("smsuri".to_owned(), url.clone()));
            form.push(("smsringtype".to_owned(), SMS_URL_POST.to_owned()));
        }
        let call = self
            .client
            .request(Method::POST, &["rentnumber", &number.digits(), price_uuid]);
        let answer = self.client.call(call.form(&form)).await?;
        let envelope: RentEnvelope = answer.json()?;
        match envelope.status.code.as_str() {
            "200" if answer.status.is_success() => rented(envelope),
            // Seen in code: everything but 200 is a failure. That 401 and 403 speak of the credentials is inferred, and
            // so is that the rest speaks of the number.
            code => Err(refused(code, envelope.status.msg.as_deref().unwrap_or_default())),
        }
    }

    async fn restore_some(&self, numbers: &[PhoneNumber]) -> CallResult<Vec<(PhoneNumber, CallResult<()>)>> {
        let numbers = numbers.iter().map(|number| number.digits()).collect();
        let call = self.client.request(Method::POST, &["bulk_restore"]);
        let answer = self.client.call(call.json(&BulkRestore { numbers })).await?;
        if !answer.status.is_success() {
            return Err(answer.unexpected());
        }
        let restored: Restored = answer.json()?;
        Ok(restored.results.iter().filter_map(restored_number).collect())
    }
}

fn rented(envelope: RentEnvelope) -> CallResult<Purchase> {
    let rented = envelope.response.and_then(|response| {
        let rented: Rented = serde_json::from_str(response.get()).ok()?;
        Some(SuppliedNumber {
            number: rented.number.parse().ok()?,
            reference: None,
            price: rented.price.and_then(|price| price.parse()),
        })
    });
    match rented {
        Some(number) => Ok(Purchase::Bought(vec![number])),
        None => Err(CallFailure::NoAnswer("the answer names no number".to_owned())),
    }
}

fn refused(code: &str, text: &str) -> CallFailure {
    let reaction = match code {
        "401" | "403" => Reaction::PauseUntilResumed,
        // It may have been carried out all the same.
        _ if code.len() == 3 && code.starts_with('5') => {
            return CallFailure::NoAnswer(format!("status {code}"));
        }
        // It says both yes and no.
        "200" => return CallFailure::NoAnswer("the HTTP status contradicts the answer".to_owned()),
        _ => Reaction::OtherNumber,
    };
    CallFailure::refused(Some(message(code)), message(text), reaction)
}

fn restored_number(restored: &RestoredNumber) -> Option<(PhoneNumber, CallResult<()>)> {
    let number = restored.number.parse().ok()?;
    let reaction = match restored.requires_identity_update {
        true => Reaction::NeedsPerson,
        false => Reaction::OtherNumber,
    };
    let result = match restored.status.as_str() {
        "success" => Ok(()),
        _ => Err(CallFailure::refused(
            restored.status_code.as_deref().map(message),
            message(restored.message.as_deref().unwrap_or_default()),
            reaction,
        )),
    };
    Some((number, result))
}

impl Supplier for MultitelV3 {
    fn name(&self) -> SupplierName {
        SupplierName::MultitelV3
    }

    fn abilities(&self) -> &'static [Ability] {
        match self.classic {
            Some(_) => &[Ability::Choose, Ability::LookUp, Ability::GiveBack, Ability::Restore],
            None => &[Ability::Choose, Ability::Restore],
        }
    }

    fn buy<'a>(&'a self, request: &'a PurchaseRequest) -> Call<'a, Purchase> {
        self.rent(request).boxed()
    }

    fn look_up<'a>(&'a self, request: &'a PurchaseRequest) -> Call<'a, Ownership> {
        match &self.classic {
            Some(classic) => classic.look_up(request),
            None => super::not_offered(),
        }
    }

    fn give_back<'a>(&'a self, number: &'a OwnedNumber) -> Call<'a, ()> {
        match &self.classic {
            Some(classic) => classic.give_back(number),
            None => super::not_offered(),
        }
    }

    fn restore<'a>(&'a self, numbers: &'a [PhoneNumber]) -> Call<'a, Vec<(PhoneNumber, CallResult<()>)>> {
        async move {
            let mut restored = Vec::new();
            for some in numbers.chunks(RESTORE_MAX) {
                restored.extend(self.restore_some(some).await?);
            }
            Ok(restored)
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests;
