//! Databases to measure on, made through the product's own import.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use leaseline::clock::{Clock, Random};
use leaseline::domain::country::CountryNames;
use leaseline::domain::gateway::{GatewayName, GatewaySettings};
use leaseline::flow::Flows;
use leaseline::flow::import_numbers::ImportSettings;
use leaseline::gateway::settings::AdapterSettings;
use leaseline::storage::Database;
use secrecy::ExposeSecret;

/// The operators whose numbers take turns.
const OPERATORS: [&str; 3] = ["telia", "tele2", "telenor"];

/// The first of all numbers in their order.
pub const FIRST_NUMBER: &str = "467000000000";

/// The 500 prefixes of six digits that exclude 99 of 100 numbers: every second one of a thousand blocks.
pub fn prefixes() -> Vec<String> {
    (0..500).map(|block| format!("467{:03}", block * 2)).collect()
}

/// The numbers as CSV: 99 of 100 lie in a block that [`prefixes`] excludes, one in a block next to it.
fn csv(count: usize) -> String {
    let mut text = String::from("number,country,operator,gateway\n");
    for index in 0..count {
        let block = (index % 500) * 2 + usize::from(index % 100 == 99);
        let operator = OPERATORS[index % OPERATORS.len()];
        text.push_str(&format!("467{block:03}{:06},sweden,{operator},bench\n", index / 500));
    }
    text
}

/// A database with `count` numbers of one gateway; how long the import took, and the gateway's token.
pub async fn inventory(folder: &Path, count: usize) -> (PathBuf, Duration, String) {
    let path = folder.join(format!("{count}.db"));
    let database = Database::open(&format!("sqlite:{}", path.display())).await.unwrap();
    database.migrate().await.unwrap();
    let config = crate::server::config(&path, "http://127.0.0.1:1");
    let (flows, _) = leaseline::app::flows(&config, database.clone(), Clock::system(), Random::system());
    let token = gateway(&flows).await;
    let text = csv(count);
    let names = CountryNames::new(&Default::default()).unwrap();
    let rows = leaseline::admin::numbers::csv::CsvRows::new(text.as_bytes()).unwrap();
    let started = Instant::now();
    let settings = ImportSettings {
        countries: &names,
        new_pools_max: None,
        pause: Duration::ZERO,
    };
    let report = flows.import_numbers(&settings, rows).await.unwrap();
    let took = started.elapsed();
    assert_eq!(report.added, count as u64, "{} rejected", report.rejected.total());
    drop(flows);
    database.close().await;
    (path, took, token)
}

async fn gateway(flows: &Flows) -> String {
    let name = GatewayName::parse("bench").unwrap();
    let (settings, adapter) = (
        GatewaySettings::default(),
        AdapterSettings::default().checked().unwrap(),
    );
    let token = flows.create_gateway(&name, &settings, &adapter).await.unwrap();
    token.expose_secret().to_owned()
}
