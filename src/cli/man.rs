//! `leaseline man`: the manual pages.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_mangen::Man;

use super::{CommandError, CommandLine, print};

/// The arguments of `man`.
#[derive(Debug, Args)]
pub struct ManArguments {
    /// An existing folder, to write a page for each command there
    folder: Option<PathBuf>,
}

/// Prints `leaseline(1)`, or writes the pages of all commands.
///
/// # Errors
/// Standard output or the folder cannot be written.
pub fn run(arguments: &ManArguments) -> Result<(), CommandError> {
    let command = CommandLine::command();
    if let Some(folder) = &arguments.folder {
        return clap_mangen::generate_to(command, folder)
            .map_err(|error| CommandError::failed(format!("{}: {error}", folder.display())));
    }
    let mut page = Vec::new();
    Man::new(command)
        .render(&mut page)
        .map_err(|error| CommandError::failed(format!("the page cannot be made: {error}")))?;
    print(&String::from_utf8_lossy(&page))
}
