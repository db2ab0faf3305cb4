//! `leaseline notify`: tries the channels of notifications, next to a running server or without one.

use clap::{Args, Subcommand};

use super::{CommandError, ConfigArguments, print};
use crate::clock::Clock;
use crate::notify::Notifier;

/// The arguments of `notify`.
#[derive(Debug, Args)]
pub struct NotifyArguments {
    #[command(subcommand)]
    command: NotifyCommand,
}

#[derive(Debug, Subcommand)]
enum NotifyCommand {
    /// Send a test message on each channel that is configured
    Test(NotifyTestArguments),
}

#[derive(Debug, Args)]
struct NotifyTestArguments {
    #[command(flatten)]
    config: ConfigArguments,
}

/// Sends a test message on each channel, one after the other, and prints a line for each.
///
/// # Errors
/// No channel is configured, or one did not take the message.
pub async fn run(arguments: NotifyArguments) -> Result<(), CommandError> {
    let NotifyCommand::Test(NotifyTestArguments { config }) = arguments.command;
    let config = config.load_offline()?;
    let notifier = Notifier::new(config.notify.accounts()?).map_err(|error| CommandError::failed(error.to_string()))?;
    let channels = config.notify.channels();
    if channels.on().next().is_none() {
        return Err(CommandError::failed(
            "no channel is configured: write [notify.telegram], [notify.webhook] or [notify.mail]",
        ));
    }
    let mut failed = Vec::new();
    for channel in channels.on() {
        match notifier.send_test(channel, Clock::system().now()).await {
            Ok(()) => print(&format!("{channel}: the test message was sent\n"))?,
            Err(failure) => {
                print(&format!("{channel}: failed: {}\n", failure.reason))?;
                failed.push(channel.to_string());
            }
        }
    }
    match failed.as_slice() {
        [] => Ok(()),
        failed => Err(CommandError::failed(format!(
            "channels that failed: {}",
            failed.join(", ")
        ))),
    }
}
