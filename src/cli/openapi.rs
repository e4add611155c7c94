//! `ioc openapi`: the document generated from the code.

use std::process::ExitCode;

use crate::app;

pub(super) fn print() -> anyhow::Result<ExitCode> {
    println!("{}", serde_json::to_string_pretty(&app::openapi())?);
    Ok(ExitCode::SUCCESS)
}
