//! Arguments -> command -> exit code.

use std::process::ExitCode;

use clap::Parser;
use leaseline::cli::{self, Arguments, Failure};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(cli::run(arguments)),
        Err(error) => cli::finish(Err(Failure::failed(format!("no threads to run on: {error}")))),
    }
}
