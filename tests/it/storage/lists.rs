//! Lists that take what they show from several places.

use leaseline::domain::exclusion::Prefix;
use leaseline::domain::listed::NumberFilter;
use leaseline::domain::number::{Hold, NumberState};
use leaseline::domain::phone::PhoneNumber;
use leaseline::domain::wire_name::OperatorName;
use leaseline::storage::{inventory, numbers};

use super::store::{Store, number};

/// The pages of available numbers, two by two.
async fn available(store: &Store, filter: NumberFilter) -> Vec<String> {
    let state = Some(NumberState::Available);
    listed(store, &NumberFilter { state, ..filter }).await
}

/// The pages of numbers, two by two.
async fn listed(store: &Store, filter: &NumberFilter) -> Vec<String> {
    let mut session = store.database.read().await.unwrap();
    let mut all: Vec<PhoneNumber> = Vec::new();
    loop {
        let page = inventory::list(&mut session, filter, all.last().copied(), 2)
            .await
            .unwrap();
        all.extend(page.iter().map(|one| one.number.number));
        if page.len() < 2 {
            return all.into_iter().map(PhoneNumber::digits).collect();
        }
    }
}

pub async fn available_numbers_are_listed_in_order_across_pools(store: Store) {
    let first = store.stock(1, None, &["46701", "46704", "46709"]).await;
    store.stock(2, None, &["46702", "467031", "48600"]).await;
    store.stock(2, None, &[]).await;
    store.stock(1, None, &["46703", "46705"]).await;
    store.rent(first, "46704").await;
    let all = NumberFilter::default();
    assert_eq!(
        available(&store, all.clone()).await,
        ["46701", "46702", "46703", "467031", "46705", "46709", "48600"]
    );
    let prefix = Prefix::parse("4670").unwrap();
    let gateway = Some("bank2".to_owned());
    assert_eq!(
        available(
            &store,
            NumberFilter {
                prefix,
                gateway,
                ..all.clone()
            }
        )
        .await,
        ["46702", "467031"]
    );
    let operator = Some(OperatorName::parse("op3").unwrap());
    assert!(available(&store, NumberFilter { operator, ..all }).await.is_empty());
}

pub async fn numbers_of_some_pools_are_listed_in_order_whatever_their_state(store: Store) {
    let first = store.stock(1, None, &["46701", "46704", "48600"]).await;
    store.stock(2, None, &["46702", "46706"]).await;
    store.stock(1, None, &["46703", "46705"]).await;
    store.rent(first, "46704").await;
    let of_one = NumberFilter {
        gateway: Some("bank1".to_owned()),
        ..NumberFilter::default()
    };
    assert_eq!(
        listed(&store, &of_one).await,
        ["46701", "46703", "46704", "46705", "48600"]
    );
    let filter = NumberFilter {
        prefix: Prefix::parse("4670").unwrap(),
        operator: Some(OperatorName::parse("op1").unwrap()),
        ..of_one
    };
    assert_eq!(listed(&store, &filter).await, ["46701", "46704"]);
    let all = NumberFilter::default();
    assert_eq!(listed(&store, &all).await.len(), 7);
}

pub async fn rule_16_what_was_given_back_has_a_list_of_its_own(store: Store) {
    store.stock(1, None, &["46701"]).await;
    let mut tx = store.write().await;
    let pool = numbers::load(&mut tx, &[number("46701")]).await.unwrap()[0].pool;
    let holds = [
        ("46702", None),
        ("46703", Some(Hold::Unproven)),
        ("46704", Some(Hold::Refused)),
        ("46705", Some(Hold::GivingBack)),
        ("46706", Some(Hold::GivenBack)),
        ("46707", Some(Hold::GivenBack)),
    ];
    let added = holds.map(|(digits, _)| (number(digits), pool));
    numbers::insert(&mut tx, &added, None, super::store::NOW);
    let mut disabled = numbers::load(&mut tx, &added.map(|(number, _)| number)).await.unwrap();
    for (one, (_, hold)) in disabled.iter_mut().zip(holds) {
        (one.enabled, one.hold) = (false, hold);
    }
    numbers::save_holds(&mut tx, &disabled);
    tx.commit().await.unwrap();
    let of = |state| NumberFilter {
        state: Some(state),
        ..NumberFilter::default()
    };
    // The filter and the state that is shown agree.
    for (state, numbers) in [
        (NumberState::Available, vec!["46701"]),
        (NumberState::Disabled, vec!["46702", "46703", "46704", "46705"]),
        (NumberState::GivenBack, vec!["46706", "46707"]),
    ] {
        assert_eq!(listed(&store, &of(state)).await, numbers);
        let mut session = store.database.read().await.unwrap();
        let page = inventory::list(&mut session, &of(state), None, 9).await.unwrap();
        assert!(page.iter().all(|one| one.number.state() == state), "{state:?}");
    }
}
