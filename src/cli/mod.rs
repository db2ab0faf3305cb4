//! The command line: one file per command, and exit codes.
//!
//! 0 = done, 1 = failed, 2 = the command line or the configuration is wrong. Results go to standard output, an error goes to
//! standard error.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "commands print; everything else logs"
)]

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError, process_environment};
use crate::telemetry::TelemetryError;

mod admin_client;
pub mod archive;
pub mod backup;
pub mod check;
pub mod completions;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod gateway;
pub mod healthcheck;
pub mod import;
pub mod man;
pub mod migrate;
pub mod r#move;
pub mod notify;
mod offline;
pub mod rehearse;
pub mod restore;
pub mod serve;
pub mod supplier;
mod table;

/// Rents your phone numbers out through the marketplace Onlinesim.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::ServeArguments),
    /// Show how everything works with a simulated Onlinesim, without any set-up
    Demo(demo::DemoArguments),
    /// Run Onlinesim's acceptance test against a server, yours or another, before you call their support
    Rehearse(Box<crate::rehearsal::RehearsalPlan>),
    /// Print the default configuration, check yours, or show what is in effect
    Config(config::ConfigCommandArguments),
    /// Update the database to this version
    Migrate(migrate::MigrateArguments),
    /// Check the database for damage
    Check(check::CheckArguments),
    /// Look at everything that the server needs, beside it or without it: what is wrong, and what to do
    Doctor(doctor::DoctorArguments),
    /// Copy the database, next to the server or without it, and check the copy
    Backup(backup::BackupArguments),
    /// Move old, closed rentals into a file, next to the server or without it
    Archive(archive::ArchiveArguments),
    /// Put a backup in the place of the database
    Restore(restore::RestoreArguments),
    /// Move everything to another database: from SQLite to PostgreSQL, or back
    // Nothing can be moved until a server can be started on PostgreSQL.
    #[command(hide = true)]
    Move(r#move::MoveArguments),
    /// Import numbers from a CSV file
    Import(import::ImportArguments),
    /// Set gateways up, list and change them; print how to connect their programs
    Gateway(gateway::GatewayArguments),
    /// Buy numbers from wholesalers, watch orders, give numbers back
    Supplier(supplier::SupplierArguments),
    /// Try the channels on which you are notified of troubles
    Notify(notify::NotifyArguments),
    /// Check whether the running server answers
    Healthcheck(healthcheck::HealthcheckArguments),
    /// Print what completes these commands in a shell
    Completions(completions::CompletionsArguments),
    /// Print the manual page, or write one for each command
    Man(man::ManArguments),
}

/// The name of a file that stands for standard input or standard output.
const STANDARD_STREAM: &str = "-";

/// Where the configuration file is, for every command that needs one.
#[derive(Debug, Args)]
pub struct ConfigArguments {
    /// TOML file with what differs from the defaults
    #[arg(long, value_name = "FILE", env = "LEASELINE_CONFIG")]
    config: Option<PathBuf>,
}

impl ConfigArguments {
    /// The configuration of this process, ready to serve.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn load(&self) -> Result<Config, ConfigError> {
        Config::load(self.config.as_deref(), process_environment())
    }

    /// The configuration of this process for a command that neither serves nor pushes.
    ///
    /// # Errors
    /// As [`Config::load_for_upkeep`].
    pub fn load_offline(&self) -> Result<Config, ConfigError> {
        Config::load_for_upkeep(self.config.as_deref(), process_environment())
    }
}

/// Why a command failed, and with which exit code.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration is wrong; exit code 2.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Logging could not be set up as configured; exit code 2.
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    /// The command failed; exit code 1.
    #[error("{0}")]
    Failed(String),
}

impl CommandError {
    /// A failure at run time.
    pub fn failed(reason: impl Into<String>) -> Self {
        Self::Failed(reason.into())
    }

    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) | Self::Telemetry(_) => ExitCode::from(2),
            Self::Failed(_) => ExitCode::FAILURE,
        }
    }
}

/// Parses the command line and runs its command.
///
/// Not in `main.rs`, because a future is compiled where it is awaited, and the library has compiled most of it already.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = CommandLine::parse();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => {
            let exit_code = runtime.block_on(run(arguments));
            // Tasks that still run are not waited for, such as a DNS query.
            runtime.shutdown_background();
            exit_code
        }
        Err(error) => finish(Err(CommandError::failed(format!(
            "the runtime could not be started: {error}"
        )))),
    }
}

/// Runs one command.
async fn run(arguments: CommandLine) -> ExitCode {
    finish(match arguments.command {
        Command::Serve(arguments) => serve::run(arguments).await,
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Rehearse(plan) => rehearse::run(*plan).await,
        Command::Config(arguments) => config::run(arguments),
        Command::Migrate(arguments) => migrate::run(arguments).await,
        Command::Check(arguments) => check::run(arguments).await,
        Command::Doctor(arguments) => doctor::run(arguments).await,
        Command::Backup(arguments) => backup::run(arguments).await,
        Command::Archive(arguments) => archive::run(arguments).await,
        Command::Restore(arguments) => restore::run(arguments).await,
        Command::Move(arguments) => r#move::run(arguments).await,
        Command::Import(arguments) => import::run(arguments).await,
        Command::Gateway(arguments) => gateway::run(arguments).await,
        Command::Supplier(arguments) => supplier::run(arguments).await,
        Command::Notify(arguments) => notify::run(arguments).await,
        Command::Healthcheck(arguments) => healthcheck::run(arguments).await,
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
    })
}

/// Prints a failure and turns a result into the exit code.
#[must_use]
pub fn finish(result: Result<(), CommandError>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("leaseline: {failure}");
            failure.exit_code()
        }
    }
}

/// Writes a text to standard output. A closed pipe (`| head`) is not an error; `print!` would panic.
///
/// # Errors
/// Standard output cannot be written for another reason, such as a full disk.
pub fn print(text: &str) -> Result<(), CommandError> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CommandError::failed(format!(
            "standard output cannot be written: {error}"
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn every_command_of_the_manual_is_accepted() {
        for line in [
            "serve",
            "serve --config a.toml",
            "demo",
            "demo --once",
            "rehearse --url https://a.example --key k",
            "config default",
            "config check --config a.toml",
            "config show",
            "migrate",
            "migrate --check --config a.toml",
            "check --config a.toml",
            "doctor",
            "doctor --json --config a.toml",
            "backup leaseline-backup.db --config a.toml",
            "backup -",
            "archive --before 2026-01-01 archive.jsonl.gz --config a.toml",
            "restore leaseline-backup.db --config a.toml",
            "restore leaseline-backup.db --no-rest --ids-above 4000000",
            "move --to postgres://user@db/leaseline --dry-run --config a.toml",
            "move --undo",
            "import numbers.csv --config a.toml",
            "import -",
            "gateway new bank1 --kind kannel",
            "gateway new phone1 --kind sms-gate --secret-file key.txt --capacity 2 --heartbeat-timeout 5m --url https://a.example --config a.toml",
            "gateway new did1 --kind twilio --unsigned",
            "gateway list --config a.toml",
            "gateway show bank1",
            "gateway rotate bank1 --keep-old 24h --url https://a.example --config a.toml",
            "gateway disable bank1",
            "gateway enable bank1 --config a.toml",
            "gateway new bank2 --kind kannel --allow 203.0.113.0/24,2001:db8::7",
            "gateway allow bank1 203.0.113.0/24 2001:db8::7 --config a.toml",
            "gateway allow bank1",
            "supplier list --json --config a.toml",
            "supplier available carrierx --country sweden --prefix 4670 --contains 12 --external --limit 20",
            "supplier buy carrierx --country sweden --prefix 4670 --quantity 5 --max-monthly 1.00",
            "supplier buy carrierx --filter state=NY --filter npa=516 --max-monthly 1 --yes --wait --timeout 10m",
            "supplier buy carrierx --random --quantity 2 --max-monthly 1 --reference may-1 --dry-run --json",
            "supplier buy multitel --numbers 46701234567,46701234568 --max-monthly 1 --options Channels=2 --prove",
            "supplier buy multitel-v3 --number 33554530000 --price-uuid 4f79 --expected-monthly 1 --expected-setup 0",
            "supplier buy cm --area-code 20 --city a --region b --range-size 10 --type geographic --comment c --quantity 3",
            "supplier orders --state open --supplier cm --reference may-1",
            "supplier orders 7 --json",
            "supplier cancel 7 --reason late",
            "supplier give-back 46701234567 --reason idle --when-free",
            "supplier owned carrierx",
            "supplier adopt carrierx 46701234567 46701234568",
            "supplier idle --days 30",
            "notify test --config a.toml",
            "supplier margin --by month --from 2026-11-01 --to 2026-11-30",
            "healthcheck",
            "completions bash",
            "man",
            "man pages",
        ] {
            let words = std::iter::once("leaseline").chain(line.split(' '));
            assert!(CommandLine::try_parse_from(words).is_ok(), "{line}");
        }
    }

    #[test]
    fn exit_codes_tell_a_wrong_configuration_from_a_failure() {
        let wrong = Config::load(None, [("LEASELINE_PUSCH__URL", "x")]).unwrap_err();
        assert_eq!(finish(Err(wrong.into())), ExitCode::from(2));
        assert_eq!(finish(Err(CommandError::failed("no"))), ExitCode::from(1));
        assert_eq!(finish(Ok(())), ExitCode::from(0));
    }
}
