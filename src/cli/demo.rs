//! `leaseline demo`: Shows the whole job with a pretend Onlinesim.

use clap::Args;

use super::Failure;

/// What `demo` takes.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Exit after the show: 0, or 1 when anything differed from what the protocol promises
    #[arg(long)]
    once: bool,
}

/// Shows the whole job with a pretend Onlinesim.
///
/// # Errors
/// Always, so far.
#[expect(clippy::unused_async, reason = "the real one awaits")]
pub async fn run(_arguments: Arguments) -> Result<(), Failure> {
    Err(Failure::failed("demo is not there yet"))
}
