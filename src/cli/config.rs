//! `leaseline config`: the default file, a look at one's own, and what is in effect.

use clap::{Args, Subcommand};

use super::{ConfigArguments, Failure, print};
use crate::config::DEFAULTS;

/// What to do with the configuration.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print the default file with every option explained
    Default,
    /// Say whether `serve` would start with this configuration
    Check(ConfigArguments),
    /// Print what is in effect, without the secrets
    Show(ConfigArguments),
}

/// Prints, or says what is wrong.
///
/// # Errors
/// The configuration is wrong, or standard output cannot be written.
pub fn run(arguments: Arguments) -> Result<(), Failure> {
    match arguments.action {
        Action::Default => print(DEFAULTS),
        Action::Check(file) => {
            file.load()?;
            print("the configuration is right\n")
        }
        Action::Show(file) => print(&file.load_for_upkeep()?.to_toml_redacted()),
    }
}
