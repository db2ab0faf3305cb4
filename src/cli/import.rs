//! `leaseline import`: Puts numbers from a CSV file into the inventory.

use clap::Args;

use super::ConfigArguments;
use super::Failure;

/// What `import` takes.
#[derive(Debug, Args)]
pub struct Arguments {
    /// CSV file with the header number,country,operator,gateway
    #[arg(value_name = "FILE.csv")]
    file: std::path::PathBuf,
    #[command(flatten)]
    config: ConfigArguments,
}

/// Puts numbers from a CSV file into the inventory.
///
/// # Errors
/// Always, so far.
#[expect(clippy::unused_async, reason = "the real one awaits")]
pub async fn run(_arguments: Arguments) -> Result<(), Failure> {
    Err(Failure::failed("import is not there yet"))
}
