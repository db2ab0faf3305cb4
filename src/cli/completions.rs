//! `leaseline completions`: what completes the commands in a shell.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{CommandError, CommandLine, print};

/// The arguments of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

/// Prints the shell's script, to be stored where the shell looks for it.
///
/// # Errors
/// Standard output cannot be written.
pub fn run(arguments: &CompletionsArguments) -> Result<(), CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut CommandLine::command(), "leaseline", &mut script);
    print(&String::from_utf8_lossy(&script))
}
