//! The binary: words of the command line to a subcommand, errors to a line and an exit code.

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    match ioc::cli::run(ioc::cli::Ioc::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ioc: {}", ioc::cli::said(&error));
            ExitCode::FAILURE
        }
    }
}
