//! What is observed about wholesalers.

use super::state::{observation, whole_seconds};
use crate::domain::purchase::SupplierName;
use crate::domain::time::Timestamp;
use crate::domain::trouble::{Observation, Trouble};
use crate::storage::troubles::PurchaseSymptoms;

/// What the symptoms show at `now`. A supplier that is off is not called and not compared: whether it was paused before, or
/// its list differed, is no trouble any more, nor where its numbers' SMS go. What may have been bought there remains one.
pub(super) fn purchases(
    symptoms: &PurchaseSymptoms,
    is_on: impl Fn(SupplierName) -> bool,
    now: Timestamp,
) -> Vec<Observation> {
    let paused = symptoms.paused.iter().filter(|supplier| is_on(**supplier));
    let paused = paused.map(|supplier| {
        let detail = "it is not called: GET /v1/suppliers has the reason, and until when";
        observation(Trouble::SupplierPaused(*supplier), 1, detail.to_owned())
    });
    let unknown = symptoms.unknown.iter().map(|unknown| {
        let detail = format!("the oldest for {}", whole_seconds(now.since(unknown.since)));
        observation(Trouble::PurchasesUnknown(unknown.supplier), unknown.lines, detail)
    });
    let differences = symptoms.differences.iter().filter(|one| is_on(one.supplier));
    let differences = differences.map(|one| {
        let detail = format!(
            "{} stocked numbers are not on its list, {} numbers of its list are not known here",
            one.gone, one.unlisted
        );
        observation(Trouble::StockDiffers(one.supplier), one.gone + one.unlisted, detail)
    });
    let to_rewire = symptoms.to_rewire.iter().filter(|(supplier, _)| is_on(*supplier));
    let to_rewire = to_rewire.map(|(supplier, numbers)| {
        let detail =
            "their SMS may go to an earlier address of this server: GET /v1/suppliers/{name}/rewire lists them";
        observation(Trouble::NumbersToRewire(*supplier), *numbers, detail.to_owned())
    });
    paused.chain(unknown).chain(differences).chain(to_rewire).collect()
}
