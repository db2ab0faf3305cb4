//! Lines of gateways, and how gateways talk: what is put in comes back, and the database keeps the rules.

use leaseline::domain::gateway::{GatewayName, GatewaySettings, StoredAdapter};
use leaseline::domain::sms::Slot;
use leaseline::domain::stock::GatewayId;
use leaseline::storage::gateways::tokens::owner_of;
use leaseline::storage::slots::AssignedSlot;
use leaseline::storage::{Error, gateways, slots};

use super::store::{NOW, Store, generic, number};

fn placed(gateway: i64, line: &str, digits: &str) -> AssignedSlot {
    AssignedSlot {
        gateway: GatewayId(gateway),
        line: Slot::parse(line).unwrap(),
        number: number(digits),
    }
}

async fn wire(store: &Store, removed: &[&str], put: &[AssignedSlot]) -> Result<(), Error> {
    let mut tx = store.write().await;
    let removed: Vec<_> = removed.iter().map(|digits| number(digits)).collect();
    slots::remove(&mut tx, &removed);
    slots::insert(&mut tx, put);
    tx.commit().await
}

pub async fn rule_8_a_line_of_a_gateway_is_one_of_its_numbers(store: Store) {
    store.stock(1, None, &["46701", "46702"]).await;
    store.stock(2, None, &["46703"]).await;
    wire(&store, &[], &[placed(1, "A", "46701"), placed(2, "A", "46703")])
        .await
        .unwrap();
    for wrong in [
        placed(1, "A", "46702"),
        placed(1, "B", "46701"),
        placed(2, "B", "46702"),
        placed(1, "C", "46709"),
    ] {
        assert!(wire(&store, &[], &[wrong]).await.unwrap_err().is_refused());
    }
    assert!(
        wire(&store, &["46702"], &[]).await.unwrap_err().is_refused(),
        "it has none"
    );
    wire(&store, &["46701"], &[placed(1, "A", "46702"), placed(1, "a", "46701")])
        .await
        .unwrap();
    let mut session = store.database.read().await.unwrap();
    let names = ["A", "a", "B"].map(|name| Slot::parse(name).unwrap());
    let asked: Vec<_> = names.iter().map(|line| (GatewayId(1), line)).collect();
    let found = slots::by_slot(&mut session, &asked).await.unwrap();
    assert_eq!(found, [placed(1, "A", "46702"), placed(1, "a", "46701")]);
    let found = slots::of_numbers(&mut session, &[number("46703"), number("46709")])
        .await
        .unwrap();
    assert_eq!(found, [placed(2, "A", "46703")]);
    // A number does not leave its line behind.
    let left = store.sql("UPDATE numbers SET pool_id = 2 WHERE number = '46701'").await;
    assert!(left.unwrap_err().message.contains("left at another gateway"));
}

pub async fn rule_7_an_adapter_is_read_as_it_was_stored(store: Store) {
    let kannel = StoredAdapter {
        kind: "kannel".to_owned(),
        settings: r#"{"answer":{"content_type":"text/plain","text":"✓"},"secrets":["\"two\""]}"#.to_owned(),
    };
    for (index, adapter) in [(1, generic()), (2, kannel)] {
        let mut tx = store.write().await;
        let name = GatewayName::parse(&format!("g{index}")).unwrap();
        let settings = GatewaySettings::default();
        gateways::insert(&mut tx, &name, &[index; 32], &settings, &generic(), NOW);
        let id = GatewayId(index.into());
        gateways::save(&mut tx, id, &settings, &adapter);
        tx.commit().await.unwrap();
        let mut session = store.database.read().await.unwrap();
        let found = owner_of(&mut session, &[index; 32], NOW).await.unwrap();
        assert_eq!(
            found.map(|owner| (owner.id, owner.adapter)),
            Some((id, adapter.clone()))
        );
        let listed = gateways::by_name(&mut session, NOW, name.as_str())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(listed.adapter, adapter);
    }
}
