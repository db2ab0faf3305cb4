//! `leaseline import`: imports numbers from a CSV file, next to a running server or without one.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::offline::{Offline, unusable};
use super::{CommandError, ConfigArguments, STANDARD_STREAM, print};
use crate::admin::numbers::csv::{self, CsvRows};
use crate::config::Config;
use crate::domain::country::CountryNames;
use crate::flow::import_numbers::{ImportError, ImportNotes, ImportReport, ImportSettings};

/// The most rejected rows, and the most warnings, that are shown one by one.
const NOTES_SHOWN: usize = 20;
/// The pause between two transactions of the import, in which a running server can write: it tries more often than that.
const PAUSE: Duration = Duration::from_millis(25);

/// The arguments of `import`.
#[derive(Debug, Args)]
pub struct ImportArguments {
    /// CSV file with the header number,country,operator,gateway; and line, if SMS come without their number;
    /// - is standard input
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// Let the file add more pools (gateway, country and operator) than import.new_pools_max
    #[arg(long)]
    many_pools: bool,
    #[command(flatten)]
    config: ConfigArguments,
}

/// Imports numbers from a CSV file.
///
/// # Errors
/// The file or the database cannot be used, or a row was rejected; the other rows are in the inventory then.
pub async fn run(arguments: ImportArguments) -> Result<(), CommandError> {
    let config = arguments.config.load_offline()?;
    import(&config, &arguments.file, arguments.many_pools).await
}

async fn import(config: &Config, path: &Path, many_pools: bool) -> Result<(), CommandError> {
    let countries =
        CountryNames::new(&config.countries).map_err(|error| CommandError::failed(format!("countries: {error}")))?;
    let unread = |error: String| CommandError::failed(format!("{}: {error}", path.display()));
    let file = read(path).map_err(|error| unread(error.to_string()))?;
    let bad = |error: csv::InvalidHeader| unread(error.to_string());
    let text = csv::text(&file).map_err(bad)?;
    let settings = ImportSettings {
        countries: &countries,
        new_pools_max: Some(config.import.new_pools_max).filter(|_| !many_pools),
        pause: PAUSE,
    };
    let rows = CsvRows::new(&text).map_err(bad)?;
    let offline = Offline::open(config).await?;
    let imported = offline.flows.import_numbers(&settings, rows).await;
    offline.close().await;
    let report = imported.map_err(|error| match error {
        ImportError::TooManyPools(refused) => unread(format!("{refused}; if it is meant, add --many-pools")),
        ImportError::Storage(error) => unusable(error),
    })?;
    show(&report)
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    if path.as_os_str() != STANDARD_STREAM {
        return std::fs::read(path);
    }
    let mut text = Vec::new();
    io::stdin().read_to_end(&mut text)?;
    Ok(text)
}

fn show(report: &ImportReport) -> Result<(), CommandError> {
    let ImportReport {
        added,
        updated,
        unchanged,
        rejected,
        warnings,
    } = report;
    let count = rejected.total();
    print(&format!(
        "added {added}, updated {updated}, unchanged {unchanged}, rejected {count}\n"
    ))?;
    show_notes(warnings, "warnings");
    show_notes(rejected, "rejected rows");
    match count {
        0 => Ok(()),
        1 => Err(CommandError::failed("1 row was rejected".to_owned())),
        _ => Err(CommandError::failed(format!("{count} rows were rejected"))),
    }
}

#[expect(clippy::print_stderr, reason = "the output of a command")]
fn show_notes(notes: &ImportNotes, what: &str) {
    for note in notes.first().iter().take(NOTES_SHOWN) {
        eprintln!("line {}: {} ({})", note.line, note.message, note.number);
    }
    if notes.total() > 0 && notes.first().len() > NOTES_SHOWN {
        eprintln!("of {} {what} the first {NOTES_SHOWN} are shown", notes.total());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Clock, Random};
    use crate::config::Config;
    use crate::domain::gateway::{GatewayName, GatewaySettings};
    use crate::gateway::settings::AdapterSettings;
    use crate::storage::Database;

    #[tokio::test]
    async fn a_file_is_imported_next_to_a_running_server() {
        let files = tempfile::TempDir::new().unwrap();
        let path = |name: &str| files.path().join(name);
        let url = format!("sqlite:{}", path("test.db").display());
        std::fs::write(path("test.toml"), format!("[storage]\nurl = {url:?}\n")).unwrap();
        std::fs::write(path("good.csv"), "number,gateway\n46701234567,bank1\n").unwrap();
        std::fs::write(
            path("bad.csv"),
            "number,gateway\n46701234568,bank1\n46701234569,bank2\n",
        )
        .unwrap();
        std::fs::write(path("worse.csv"), "numbers\n").unwrap();
        let config = Config::load_for_upkeep(Some(&path("test.toml")), [("", ""); 0]).unwrap();
        let import = async |name: &str| import(&config, &path(name), false).await;
        let error = import("good.csv").await.unwrap_err().to_string();
        assert!(error.contains("leaseline migrate"), "{error}");

        let server = Database::open(&url).await.unwrap();
        let _lock = server.sqlite().unwrap().lock().unwrap().expect("nobody else serves it");
        server.migrate().await.unwrap();
        let name = GatewayName::parse("bank1").unwrap();
        let (settings, adapter) = (
            GatewaySettings::default(),
            AdapterSettings::default().checked().unwrap(),
        );
        let (flows, _) = crate::app::flows(&config, server.clone(), Clock::system(), Random::seeded(1));
        flows.create_gateway(&name, &settings, &adapter).await.unwrap();
        import("good.csv").await.unwrap();
        for (name, expected) in [
            ("bad.csv", "1 row was rejected"),
            ("worse.csv", "numbers"),
            ("none.csv", "none.csv"),
        ] {
            let error = import(name).await.unwrap_err().to_string();
            assert!(error.contains(expected), "{name}: {error}");
        }
        let mut session = server.read().await.unwrap();
        let wanted = ["46701234567", "46701234568", "46701234569"].map(|digits| digits.parse().unwrap());
        let found = crate::storage::numbers::load(&mut session, &wanted).await.unwrap();
        assert_eq!(found.len(), 2);
    }
}
