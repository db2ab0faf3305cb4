//! Numbers that are bought, held and released, on a database of their own.

use super::*;
use crate::domain::gateway::{GatewayName, GatewaySettings, StoredAdapter};
use crate::domain::listed::PoolFilter;
use crate::domain::number::NumberState;
use crate::domain::wire_name::{CountryName, OperatorName};
use crate::storage::{Database, gateways, inventory};

const NOW: Timestamp = Timestamp::from_ms(1_790_000_000_000);

struct Fixture {
    database: Database,
    _files: tempfile::TempDir,
}

fn number() -> PhoneNumber {
    "46701234567".parse().unwrap()
}

/// That number in the pool of an operator, of the only gateway.
fn request(operator: &str) -> PlacementRequest {
    PlacementRequest {
        number: number(),
        key: PoolKey {
            gateway: GatewayId(1),
            country: CountryName::parse("sweden").unwrap(),
            operator: OperatorName::parse(operator).unwrap(),
        },
        line: SlotChange::Keep,
    }
}

impl Fixture {
    async fn new() -> Self {
        let files = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", files.path().join("test.db").display());
        let database = Database::open(&url).await.unwrap();
        database.migrate().await.unwrap();
        let mut tx = database.write().await.unwrap();
        let name = GatewayName::parse("carrierx").unwrap();
        let adapter = StoredAdapter {
            kind: "generic".to_owned(),
            settings: "{}".to_owned(),
        };
        gateways::insert(&mut tx, &name, &[1; 32], &GatewaySettings::default(), &adapter, NOW);
        tx.commit().await.unwrap();
        Self {
            database,
            _files: files,
        }
    }

    async fn buy(&self, operator: &str, hold: Option<Hold>) -> Option<SavedPlacement> {
        let mut tx = self.database.write().await.unwrap();
        let wanted = request(operator);
        let mut placement = Placement::load(&mut tx, std::slice::from_ref(&wanted), NOW)
            .await
            .unwrap();
        placement.put_bought(&wanted, hold).unwrap();
        let saved = placement.save(&mut tx, NOW);
        tx.commit().await.unwrap();
        saved
    }

    async fn hold(&self, hold: Hold) {
        let mut tx = self.database.write().await.unwrap();
        let mut placement = Placement::of_known(&mut tx, &[number()]).await.unwrap();
        assert_eq!(placement.hold(number(), hold), Ok(true));
        placement.save(&mut tx, NOW).unwrap();
        tx.commit().await.unwrap();
    }

    async fn release(&self, enabled: bool) {
        let mut tx = self.database.write().await.unwrap();
        let mut placement = Placement::of_known(&mut tx, &[number()]).await.unwrap();
        assert!(placement.release(number(), enabled));
        placement.save(&mut tx, NOW).unwrap();
        tx.commit().await.unwrap();
    }

    /// The state and the operator of the number; the counters of the pools are right, too.
    async fn state(&self) -> (NumberState, String) {
        let mut tx = self.database.read().await.unwrap();
        assert_eq!(pools::out_of_sync(&mut tx).await.unwrap(), Vec::new());
        let listed = inventory::find(&mut tx, number()).await.unwrap().unwrap();
        (listed.number.state(), listed.operator.as_str().to_owned())
    }
}

fn is(state: NumberState, operator: &str) -> (NumberState, String) {
    (state, operator.to_owned())
}

#[tokio::test]
async fn rule_15_a_bought_number_is_available_when_its_hold_is_over() {
    let fixture = Fixture::new().await;
    let saved = fixture.buy("other", Some(Hold::Unproven)).await.unwrap();
    assert_eq!((saved.added, saved.moved), (1, 0));
    assert_eq!(fixture.state().await, is(NumberState::Disabled, "other"));
    fixture.release(true).await;
    assert_eq!(fixture.state().await, is(NumberState::Available, "other"));
    assert!(fixture.buy("other", None).await.is_none(), "nothing changes");
    fixture.hold(Hold::Refused).await;
    assert_eq!(fixture.state().await, is(NumberState::Disabled, "other"));
    fixture.release(false).await;
    assert_eq!(fixture.state().await, is(NumberState::Disabled, "other"));
}

#[tokio::test]
async fn rule_16_a_number_that_was_given_back_comes_back_when_it_is_bought_again() {
    let fixture = Fixture::new().await;
    fixture.buy("other", None).await.unwrap();
    assert_eq!(fixture.state().await, is(NumberState::Available, "other"));
    fixture.hold(Hold::GivingBack).await;
    assert_eq!(fixture.state().await, is(NumberState::Disabled, "other"));
    fixture.hold(Hold::GivenBack).await;
    assert_eq!(fixture.state().await, is(NumberState::GivenBack, "other"));
    let mut tx = fixture.database.write().await.unwrap();
    let wanted = request("telia");
    let mut placement = Placement::load(&mut tx, std::slice::from_ref(&wanted), NOW)
        .await
        .unwrap();
    assert_eq!(placement.put(&wanted), Err(InvalidRow::Held(Hold::GivenBack)));
    assert!(placement.save(&mut tx, NOW).is_none());
    tx.rollback().await.unwrap();

    let saved = fixture.buy("telia", None).await.unwrap();
    assert_eq!((saved.added, saved.moved), (0, 1));
    assert_eq!(fixture.state().await, is(NumberState::Available, "telia"));
    // At once in another pool, and held: it leaves the stock of the first one.
    fixture.buy("tele2", Some(Hold::Unproven)).await.unwrap();
    assert_eq!(fixture.state().await, is(NumberState::Disabled, "tele2"));
}

#[tokio::test]
async fn a_pool_into_which_nothing_was_put_is_not_kept() {
    let fixture = Fixture::new().await;
    fixture.buy("other", None).await.unwrap();
    let mut tx = fixture.database.write().await.unwrap();
    let placement = Placement::load(&mut tx, &[request("other"), request("telia")], NOW)
        .await
        .unwrap();
    assert!(placement.save(&mut tx, NOW).is_none());
    tx.commit().await.unwrap();
    let mut tx = fixture.database.read().await.unwrap();
    let listed = pools::list(&mut tx, &PoolFilter::default(), None, 9).await.unwrap();
    let operators: Vec<&str> = listed.iter().map(|pool| pool.operator.as_str()).collect();
    assert_eq!(operators, ["other"]);
}
