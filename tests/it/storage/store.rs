//! A database of its own for each case, and the rows that cases start from.

use std::borrow::Cow;
use std::time::Duration;

use leaseline::domain::assignment::UnassignedReason;
use leaseline::domain::delivery::MessageId;
use leaseline::domain::fingerprint::Fingerprint;
use leaseline::domain::gateway::{GatewayName, GatewaySettings, StoredAdapter};
use leaseline::domain::inventory::PoolKey;
use leaseline::domain::money::Kopecks;
use leaseline::domain::operation::{Finish, Operation, OperationId};
use leaseline::domain::phone::PhoneNumber;
use leaseline::domain::sms::{Destination, Recipient};
use leaseline::domain::stock::delta::StockDelta;
use leaseline::domain::stock::{GatewayId, PoolId};
use leaseline::domain::time::Timestamp;
use leaseline::domain::wire_name::{CountryName, OperatorName};
use leaseline::storage::messages::NewMessage;
use leaseline::storage::operations::ReceivedCount;
use leaseline::storage::pools::TakenNumbers;
use leaseline::storage::{
    Database, Error, WriteTx, deliveries, gateways, ledger, messages, numbers, operations, pools,
};
use tempfile::TempDir;

use crate::support::postgres;

/// When everything starts.
pub const NOW: Timestamp = Timestamp::from_ms(1_790_000_000_000);
/// The price of a rental unless a test gives another one: 320 roubles.
pub const PRICE: i64 = 32_000;

/// A backend with its tables made, and a way in that is not ours.
pub struct Store {
    pub database: Database,
    pub url: String,
    /// The folder of the file; none: a database of PostgreSQL.
    pub(super) directory: Option<TempDir>,
}

pub async fn open_sqlite() -> Option<Store> {
    Some(sqlite().await)
}

/// A database in a file.
pub async fn sqlite() -> Store {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", directory.path().join("storage.db").display());
    let database = Database::open(&url).await.unwrap();
    database.migrate().await.unwrap();
    Store {
        database,
        url,
        directory: Some(directory),
    }
}

/// A database of PostgreSQL; `None`: it is not installed.
pub async fn open_postgres() -> Option<Store> {
    Some(on_postgres(postgres::cluster().await?.database().await).await)
}

/// That database of PostgreSQL.
pub async fn on_postgres(url: String) -> Store {
    let database = Database::open(&url).await.unwrap();
    Store {
        database,
        url,
        directory: None,
    }
}

impl Store {
    /// The same tables as another process has them.
    pub async fn another(&self) -> Database {
        Database::open(&self.url).await.unwrap()
    }

    pub async fn write(&self) -> WriteTx {
        self.database.write().await.unwrap()
    }

    /// A gateway with a pool of free numbers. Gateways get the ids 1, 2, ... in their order, and so do pools; the token
    /// of gateway 1 is [1; 32].
    pub async fn stock(&self, gateway: u8, capacity: Option<u32>, digits: &[&str]) -> PoolId {
        let mut tx = self.write().await;
        let name = GatewayName::parse(&format!("bank{gateway}")).unwrap();
        if gateways::named(&mut tx, &[name.as_str()]).await.unwrap().is_empty() {
            let settings = GatewaySettings {
                capacity,
                ..GatewaySettings::default()
            };
            gateways::insert(&mut tx, &name, &[gateway; 32], &settings, &generic(), NOW);
        }
        tx.commit().await.unwrap();
        let next = self.rows("pools").await + 1;
        let place = PoolKey {
            gateway: GatewayId(i64::from(gateway)),
            country: CountryName::parse("sweden").unwrap(),
            operator: OperatorName::parse(&format!("op{next}")).unwrap(),
        };
        let mut tx = self.write().await;
        let pool = pools::ensure(&mut tx, &[place]).await.unwrap()[0].1;
        let numbers: Vec<_> = digits.iter().map(|digits| (number(digits), pool)).collect();
        numbers::insert(&mut tx, &numbers, None, NOW);
        let mut shifts = StockDelta::default();
        numbers
            .iter()
            .for_each(|(number, pool)| shifts.make_available(*pool, *number));
        pools::apply(&mut tx, &shifts);
        tx.commit().await.unwrap();
        pool
    }

    /// An unbounded gateway with these numbers, the first of which is rented.
    pub async fn with_rental(digits: &[&str], store: &Self) -> Operation {
        let pool = store.stock(1, None, digits).await;
        store.rent(pool, digits[0]).await
    }

    /// Rents a free number.
    pub async fn rent(&self, pool: PoolId, digits: &str) -> Operation {
        let mut tx = self.write().await;
        let operation = rent(&mut tx, pool, number(digits)).await.unwrap();
        tx.commit().await.unwrap();
        operation
    }

    /// Rents the number of a closed operation again, without asking whether it is available.
    pub async fn rent_again(&self, before: Operation) -> Operation {
        let mut tx = self.write().await;
        let next = id(tx.read(operations::next_id()).await.unwrap());
        let (operation, _) = Operation::open(next, before.number, kopecks(PRICE), NOW);
        operations::insert(&mut tx, &[operation]);
        tx.commit().await.unwrap();
        operation
    }

    /// Closes an operation and does nothing else.
    pub async fn close(&self, operation: Operation) -> Operation {
        let closed = cancelled(operation);
        let mut tx = self.write().await;
        operations::close(&mut tx, &[closed]);
        tx.commit().await.unwrap();
        closed
    }

    /// A message for the operation, with its delivery.
    pub async fn message(&self, operation: Operation, text: &str, at: Timestamp) -> MessageId {
        let mut tx = self.write().await;
        let id = MessageId(tx.read(messages::next_id()).await.unwrap());
        let sms = sms(operation.number, None, text);
        messages::insert(
            &mut tx,
            &[NewMessage {
                received_at: at,
                ..new(id, GatewayId(1), Some(operation.id), &sms)
            }],
        );
        deliveries::insert(&mut tx, &[(id, operation.id)], at);
        let given = ReceivedCount {
            messages: 1,
            sms: 1,
            hour: None,
        };
        operations::count_received(&mut tx, [(&operation.id, &given)]);
        tx.commit().await.unwrap();
        id
    }
}

pub fn number(digits: &str) -> PhoneNumber {
    digits.parse().unwrap()
}

pub fn id(id: i64) -> OperationId {
    OperationId::new(id).unwrap()
}

pub fn kopecks(amount: i64) -> Kopecks {
    Kopecks::from_i64(amount).unwrap()
}

pub fn after(span: Duration) -> Timestamp {
    NOW + span
}

pub const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub fn cancelled(operation: Operation) -> Operation {
    operation.finish(Finish::Cancelled, NOW).unwrap().operation
}

/// What a message holds that is stored.
pub struct Sms {
    external_id: Option<String>,
    to: Destination,
    text: String,
}

pub fn sms(to: PhoneNumber, external_id: Option<&str>, text: &str) -> Sms {
    Sms {
        external_id: external_id.map(str::to_owned),
        to: destination(&to.digits()),
        text: text.to_owned(),
    }
}

/// A number, ours or not; empty: nobody knows it.
pub fn destination(digits: &str) -> Destination {
    Destination::Named(Recipient::parse(digits).unwrap())
}

pub fn new(id: MessageId, gateway: GatewayId, operation: Option<OperationId>, sms: &Sms) -> NewMessage<'_> {
    NewMessage {
        id,
        gateway,
        owner: operation.ok_or(UnassignedReason::NotRented),
        external_id: sms.external_id.as_deref(),
        fingerprint: Fingerprint::of_content(gateway, &sms.to, "Service", &sms.text),
        to: &sms.to,
        sender: "Service",
        text: Cow::Borrowed(&sms.text),
        sent_at: None,
        received_at: NOW,
        incomplete: false,
        withheld: false,
        with_current_token: true,
    }
}

/// Everything that a rental writes.
pub async fn rent(tx: &mut WriteTx, pool: PoolId, number: PhoneNumber) -> Result<Operation, Error> {
    let id = id(tx.read(operations::next_id()).await?);
    let (operation, line) = Operation::open(id, number, kopecks(PRICE), NOW);
    operations::insert(tx, &[operation]);
    let numbers = vec![number];
    pools::take(
        tx,
        &[TakenNumbers {
            pool,
            cursor: numbers.last().copied(),
            numbers,
        }],
    );
    ledger::append(tx, &[(id, line)], NOW);
    tx.flush().await?;
    Ok(operation)
}

/// The adapter of a gateway that nothing was set for.
pub fn generic() -> StoredAdapter {
    StoredAdapter {
        kind: "generic".to_owned(),
        settings: "{}".to_owned(),
    }
}

/// A write that changed fewer rows of this table than it has to.
#[track_caller]
pub fn assert_conflict(refused: &Error, expected: &str) {
    assert!(
        matches!(refused, Error::Conflict { table, .. } if *table == expected),
        "{refused}"
    );
}
