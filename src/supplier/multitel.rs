//! Multitel's older API: buys a certain number. Always POST, so that the password is in no URL; form encoding is inferred.

mod wire;

use std::time::Duration;

use futures_util::future::FutureExt as _;
use reqwest::Method;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;

use self::wire::{Area, Country, Data, Did, DidInfo, Return};
use super::client::{Credentials, SupplierClient, SupplierClientError};
use super::message::message;
use super::{Call, Supplier};
use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::SupplierName;
use crate::domain::purchase::ability::Ability;
use crate::domain::purchase::outcome::{CallFailure, CallResult, Offer, Ownership, Purchase, Reaction, SuppliedNumber};
use crate::domain::purchase::request::{OfferSearch, OwnedNumber, PurchaseRequest, Selection};

/// `SMSRingType`: SMS are posted to a URL.
const SMS_URL_POST: &str = "2";
/// A number that was just released is reserved for some minutes.
const RESERVED: Reaction = Reaction::RetryAfter(Duration::from_secs(300), 3);
/// So many areas of a country are searched (rule 12).
const AREAS_MAX: usize = 20;

/// The codes that stand in `RETURN` instead of a number: what each means, and what to do. Two are positive.
const CODES: &[(&str, &str, Reaction)] = &[
    // Documented.
    ("99", "the balance is too low", Reaction::PauseUntilResumed),
    ("100", "user name or password is wrong", Reaction::PauseUntilResumed),
    (
        "-165",
        "the number is already sold, perhaps to this account",
        Reaction::LookUp,
    ),
    ("-220", "the number is reserved", RESERVED),
    ("-275", "the number is no longer for sale", Reaction::OtherNumber),
    ("-1210", "the number is not cleared", Reaction::OtherNumber),
    (
        "-1265",
        "Multitel wants documents for this number",
        Reaction::NeedsPerson,
    ),
    // Seen in code.
    ("-55", "the user name is unknown", Reaction::PauseUntilResumed),
    ("-110", "the password is wrong", Reaction::PauseUntilResumed),
    ("-330", "the calling code is unknown", Reaction::BadRequest),
];

/// Inferred: what `getdidinfo` and `releasenumbers` answer for a number that is not ours. The codes are 55 times those of
/// DIDX: not yours, no such number, no such number in stock.
const NOT_OURS: &[&str] = &["-165", "-220", "-275"];

/// Inferred: what `getdids` answers for a prefix without numbers.
const NO_NUMBERS: &[&str] = &["-275", "-330"];

/// The client.
#[derive(Debug, Clone)]
pub struct Multitel {
    client: SupplierClient,
    user: String,
    password: SecretString,
    sub_account: Option<String>,
}

/// What stands in `DATA`.
enum Rows<T> {
    Items(Vec<T>),
    Code(String),
}

impl Multitel {
    /// The API at `url`, such as `https://api.multitel.net/json`. `sub_account` is the account's `SID`.
    pub fn new(
        url: &str,
        user: String,
        password: SecretString,
        sub_account: Option<String>,
        timeout: Duration,
    ) -> Result<Self, SupplierClientError> {
        Ok(Self {
            client: SupplierClient::new(url, Credentials::InBody, timeout)?,
            user,
            password,
            sub_account,
        })
    }

    async fn call<T: DeserializeOwned>(&self, function: &[&str], fields: &[(&str, &str)]) -> CallResult<Rows<T>> {
        let credentials = [
            ("UserName", self.user.as_str()),
            ("Password", self.password.expose_secret()),
        ];
        let form: Vec<(&str, &str)> = credentials.into_iter().chain(fields.iter().copied()).collect();
        let call = self.client.request(Method::POST, function).form(&form);
        let answer = self.client.call(call).await?;
        let data: Data = answer.json()?;
        let code = data
            .data
            .first()
            .and_then(|row| serde_json::from_str::<Return>(row.get()).ok());
        match code {
            Some(code) => Ok(Rows::Code(code.code)),
            // A row that is not of the documented form is left out, not the whole list.
            None => {
                let rows = data.data.iter().filter_map(|row| serde_json::from_str(row.get()).ok());
                Ok(Rows::Items(rows.collect()))
            }
        }
    }

    async fn list<T: DeserializeOwned>(&self, function: &[&str], fields: &[(&str, &str)]) -> CallResult<Vec<T>> {
        match self.call(function, fields).await? {
            Rows::Items(items) => Ok(items),
            Rows::Code(code) => Err(refused(&code)),
        }
    }

    async fn buy_number(&self, request: &PurchaseRequest) -> CallResult<Purchase> {
        let Selection::Number {
            number,
            external: false,
        } = request.selection
        else {
            return Err(CallFailure::NotOffered);
        };
        let digits = number.digits();
        let mut fields = vec![("Number", digits.as_str())];
        fields.extend(
            request
                .options
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
        if !fields.iter().any(|(name, _)| *name == "Description") {
            fields.push(("Description", request.mark.as_str()));
        }
        if let Some(url) = &request.sms_url {
            fields.extend([("SMSRingType", SMS_URL_POST), ("SMSURI", url)]);
        }
        if let Some(sub_account) = &self.sub_account {
            fields.push(("SID", sub_account));
        }
        match self.call::<Return>(&["buynumbers", ""], &fields).await? {
            Rows::Items(_) => Err(CallFailure::NoAnswer("the answer has no RETURN".to_owned())),
            Rows::Code(code) => match bought(&code) {
                Some(number) => Ok(Purchase::Bought(vec![SuppliedNumber::bare(number)])),
                None => Err(refused(&code)),
            },
        }
    }

    async fn info(&self, number: PhoneNumber) -> CallResult<Ownership> {
        let digits = number.digits();
        match self.call::<DidInfo>(&["getdidinfo"], &[("Number", &digits)]).await? {
            Rows::Items(infos) => Ok(match infos.first() {
                Some(info) => Ownership::Ours(vec![SuppliedNumber {
                    number,
                    reference: None,
                    price: info.price(),
                }]),
                None => Ownership::Unclear("getdidinfo answered without a number".to_owned()),
            }),
            Rows::Code(code) if NOT_OURS.contains(&code.as_str()) => Ok(Ownership::NotOurs),
            Rows::Code(code) => match refused(&code) {
                CallFailure::Refused(refusal) if refusal.reaction != Reaction::PauseUntilResumed => Ok(
                    Ownership::Unclear(format!("getdidinfo answered the code {}", message(&code))),
                ),
                failure => Err(failure),
            },
        }
    }

    /// The echo of the number confirms it (inferred). Any other answer is checked: is it still ours?
    async fn release(&self, number: PhoneNumber) -> CallResult<()> {
        let digits = number.digits();
        match self
            .call::<Return>(&["releasenumbers", ""], &[("Number", &digits)])
            .await?
        {
            Rows::Code(code) if code == digits => Ok(()),
            Rows::Code(code) => match self.info(number).await? {
                Ownership::NotOurs => Ok(()),
                Ownership::Ours(_) => Err(refused(&code)),
                Ownership::Pending(_) | Ownership::Unclear(_) => Err(unconfirmed()),
            },
            Rows::Items(_) => Err(unconfirmed()),
        }
    }

    async fn offers(&self, search: &OfferSearch) -> CallResult<Vec<Offer>> {
        let mut offers = self.offers_below(search, &search.prefix).await?;
        if offers.is_empty() {
            for area in self.areas(search).await?.into_iter().take(AREAS_MAX) {
                offers.extend(self.offers_below(search, &area).await?);
                if offers.len() >= search.limit {
                    break;
                }
            }
        }
        offers.truncate(search.limit);
        Ok(offers)
    }

    /// `CountryCode` is a dialling prefix here. One that Multitel does not know, as it is a part of one or more than one, has
    /// no numbers.
    async fn offers_below(&self, search: &OfferSearch, prefix: &str) -> CallResult<Vec<Offer>> {
        let dids = match self.call::<Did>(&["getdids", ""], &[("CountryCode", prefix)]).await? {
            Rows::Items(dids) => dids,
            Rows::Code(code) if NO_NUMBERS.contains(&code.as_str()) => Vec::new(),
            Rows::Code(code) => return Err(refused(&code)),
        };
        let offers = dids.into_iter().filter_map(Did::offer);
        Ok(offers.filter(|offer| search.is_met_by(offer.number)).collect())
    }

    /// The prefixes of the country's areas. Three spellings of the request are published; accounts differ.
    async fn areas(&self, search: &OfferSearch) -> CallResult<Vec<String>> {
        let country = search.country.as_str();
        let countries: Vec<Country> = self.list(&["getcountries"], &[]).await?;
        let id = countries
            .into_iter()
            .find(|country| !country.calling_code.is_empty() && search.prefix.starts_with(&country.calling_code));
        let id = id.map(|country| country.id).unwrap_or_default();
        for fields in [
            &[("ISOCODE", country)][..],
            &[("CountryCode", country), ("CountryID", id.as_str())],
            &[("CountryCode", country)],
        ] {
            if let Rows::Items(areas) = self.call::<Area>(&["getareas"], fields).await?
                && !areas.is_empty()
            {
                let prefixes = areas.into_iter().map(|area| area.prefix);
                let overlaps =
                    |area: &String| area.starts_with(&search.prefix) || search.prefix.starts_with(area.as_str());
                return Ok(prefixes.filter(overlaps).collect());
            }
        }
        Ok(Vec::new())
    }
}

/// The number that was bought, when `RETURN` is not a code. It may be another one than was asked for: that one is paid for.
fn bought(code: &str) -> Option<PhoneNumber> {
    let is_code = CODES.iter().any(|(known, ..)| *known == code);
    let digits_only = code.bytes().all(|byte| byte.is_ascii_digit());
    (digits_only && !is_code).then(|| code.parse().ok()).flatten()
}

fn refused(code: &str) -> CallFailure {
    let known = CODES.iter().find(|(known, ..)| *known == code);
    let (_, reason, reaction) = known.copied().unwrap_or((
        "",
        "Multitel answered a code that is not documented",
        Reaction::OtherNumber,
    ));
    CallFailure::refused(Some(message(code)), reason, reaction)
}

fn unconfirmed() -> CallFailure {
    CallFailure::NoAnswer("the release is not confirmed".to_owned())
}

impl Supplier for Multitel {
    fn name(&self) -> SupplierName {
        SupplierName::Multitel
    }

    fn abilities(&self) -> &'static [Ability] {
        &[Ability::Search, Ability::Choose, Ability::LookUp, Ability::GiveBack]
    }

    fn buy<'a>(&'a self, request: &'a PurchaseRequest) -> Call<'a, Purchase> {
        self.buy_number(request).boxed()
    }

    fn look_up<'a>(&'a self, request: &'a PurchaseRequest) -> Call<'a, Ownership> {
        match request.selection.number() {
            Some(number) => self.info(number).boxed(),
            None => super::not_offered(),
        }
    }

    fn search<'a>(&'a self, search: &'a OfferSearch) -> Call<'a, Vec<Offer>> {
        self.offers(search).boxed()
    }

    fn give_back<'a>(&'a self, number: &'a OwnedNumber) -> Call<'a, ()> {
        self.release(number.number).boxed()
    }
}

#[cfg(test)]
mod tests;
