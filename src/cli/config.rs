//! `leaseline config`: prints the default file, checks yours, or prints what is in effect.

use clap::{Args, Subcommand};

use super::{CommandError, ConfigArguments, print};
use crate::config::DEFAULTS;

/// What to do with the configuration.
#[derive(Debug, Args)]
pub struct ConfigCommandArguments {
    #[command(subcommand)]
    action: ConfigAction,
}

#[derive(Debug, Subcommand)]
enum ConfigAction {
    /// Print the default file with every option explained
    Default,
    /// Check whether `serve` would start with this configuration
    Check(ConfigArguments),
    /// Print what is in effect, without the secrets
    Show(ConfigArguments),
}

/// Prints or checks.
///
/// # Errors
/// The configuration is wrong, or standard output cannot be written.
pub fn run(arguments: ConfigCommandArguments) -> Result<(), CommandError> {
    match arguments.action {
        ConfigAction::Default => print(DEFAULTS),
        ConfigAction::Check(file) => {
            file.load()?;
            print("the configuration is valid\n")
        }
        ConfigAction::Show(file) => print(&file.load_offline()?.to_toml_redacted()),
    }
}
