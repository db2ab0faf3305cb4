//! What is the same for all wholesalers, a row each: buy, each refusal, give back, and what is not offered.

use leaseline::domain::purchase::ability::Ability;
use leaseline::domain::purchase::outcome::{CallFailure, Ownership, Reaction};

use super::row::rows;
use super::{SMS_URL, TIMEOUT, clean, search};
use crate::support::suppliers::{ApiAnswer, Fault, Trouble};

/// Another answer, without acting.
fn instead(answer: ApiAnswer) -> Vec<Option<Fault>> {
    vec![Trouble::Answers(answer).instead()]
}

#[tokio::test]
async fn a_purchase_is_in_the_books_once() {
    for row in rows(TIMEOUT).await {
        let bought = clean(row.supplier.buy(&row.request).await);
        assert_eq!(bought, Ok(row.bought), "{}", row.name);
        assert_eq!(row.server.sold(), [row.sold], "{}", row.name);
        assert_eq!(row.server.calls().len(), 1, "{}: one call", row.name);
    }
}

#[tokio::test]
async fn each_refusal_has_its_reaction() {
    for row in rows(TIMEOUT).await {
        let of_all = [
            (ApiAnswer::empty(401), Some(Reaction::PauseUntilResumed)),
            (ApiAnswer::empty(403), Some(Reaction::PauseUntilResumed)),
            (ApiAnswer::empty(429), Some(Reaction::PauseForAWhile)),
        ];
        for (answer, reaction) in of_all.into_iter().chain(row.refusals) {
            row.server.faults(instead(answer.clone()));
            let found = match clean(row.supplier.buy(&row.request).await) {
                Err(CallFailure::Refused(refusal)) => {
                    assert!(!refusal.reason.is_empty(), "{}: {answer:?}", row.name);
                    Some(refusal.reaction)
                }
                Err(CallFailure::NoAnswer(_)) => None,
                other => panic!("{}: {answer:?} became {other:?}", row.name),
            };
            assert_eq!(found, reaction, "{}: {answer:?}", row.name);
        }
        assert!(row.server.sold().is_empty(), "{}", row.name);
    }
}

#[tokio::test]
async fn a_number_is_given_back_once_and_for_all() {
    for row in rows(TIMEOUT).await {
        row.supplier.buy(&row.request).await.unwrap();
        let given_back = clean(row.supplier.give_back(&row.owned).await);
        if !row.supplier.abilities().contains(&Ability::GiveBack) {
            assert_eq!(given_back, Err(CallFailure::NotOffered), "{}", row.name);
            continue;
        }
        assert_eq!(given_back, Ok(()), "{}", row.name);
        let found = clean(row.supplier.look_up(&row.request).await);
        assert_eq!(found, Ok(Ownership::NotOurs), "{}", row.name);
        // Its answer was lost, say.
        let again = clean(row.supplier.give_back(&row.owned).await);
        assert_eq!(again, Ok(()), "{}", row.name);
    }
}

#[tokio::test]
async fn a_give_back_whose_answer_is_lost_is_repeated() {
    for row in rows(TIMEOUT).await {
        if !row.supplier.abilities().contains(&Ability::GiveBack) {
            continue;
        }
        row.supplier.buy(&row.request).await.unwrap();
        row.server.faults(vec![Trouble::HangsUp.afterwards()]);
        let lost = clean(row.supplier.give_back(&row.owned).await);
        assert!(matches!(lost, Err(CallFailure::NoAnswer(_))), "{}: {lost:?}", row.name);
        let again = clean(row.supplier.give_back(&row.owned).await);
        assert_eq!(again, Ok(()), "{}", row.name);
    }
}

#[tokio::test]
async fn what_is_not_offered_is_not_called() {
    for row in rows(TIMEOUT).await {
        let offers = |ability| row.supplier.abilities().contains(&ability);
        let not_offered = |failure: Option<CallFailure>| failure == Some(CallFailure::NotOffered);
        let supplier = &row.supplier;
        let found = [
            (
                Ability::Search,
                not_offered(supplier.search(&search("FR", "33")).await.err()),
            ),
            (Ability::LookUp, not_offered(supplier.look_up(&row.request).await.err())),
            (Ability::Owned, not_offered(supplier.owned().await.err())),
            (
                Ability::Wire,
                not_offered(supplier.wire(&row.owned, SMS_URL).await.err()),
            ),
            (
                Ability::GiveBack,
                not_offered(supplier.give_back(&row.owned).await.err()),
            ),
            (
                Ability::Restore,
                not_offered(supplier.restore(&[row.owned.number]).await.err()),
            ),
        ];
        for (ability, is_not_offered) in found {
            assert_eq!(offers(ability), !is_not_offered, "{}: {ability}", row.name);
        }
        assert_eq!(
            supplier.cancel("order-1").await,
            Err(CallFailure::NotOffered),
            "{}",
            row.name
        );
        assert!(row.server.sold().is_empty(), "{}", row.name);
    }
}

#[tokio::test]
async fn another_form_of_purchase_is_not_called() {
    use super::row::{area, chosen, priced};
    use leaseline::domain::purchase::request::Selection;

    for row in rows(TIMEOUT).await {
        for (ability, selection) in [
            (Ability::Random, Selection::Random),
            (Ability::Filter, Selection::Filter(Vec::new())),
            (Ability::Area, area(1)),
        ] {
            let bought = clean(row.supplier.buy(&super::request(selection)).await);
            if !row.supplier.abilities().contains(&ability) {
                assert_eq!(bought, Err(CallFailure::NotOffered), "{}: {ability}", row.name);
            }
        }
        let is_v3 = row.name.starts_with("multitel-v3");
        for (is_offered, selection) in [
            (is_v3, priced()),
            (!is_v3 && row.name != "cm", chosen("33554530001", false)),
            (row.name.starts_with("carrierx"), chosen("33554530001", true)),
        ] {
            let failure = row.supplier.buy(&super::request(selection.clone())).await.err();
            let is_not_offered = failure == Some(CallFailure::NotOffered);
            assert_eq!(!is_not_offered, is_offered, "{}: {selection:?}", row.name);
        }
    }
}
