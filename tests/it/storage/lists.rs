//! Lists that take what they show from several places.

use leaseline::domain::exclusion::Prefix;
use leaseline::domain::listed::NumberFilter;
use leaseline::domain::number::NumberState;
use leaseline::domain::phone::PhoneNumber;
use leaseline::domain::wire_name::OperatorName;
use leaseline::storage::inventory;

use super::store::Store;

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
