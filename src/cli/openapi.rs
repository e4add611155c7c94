//! `ioc openapi`: the document generated from the code.

use std::process::ExitCode;

use crate::http::router;

pub(super) fn print() -> anyhow::Result<ExitCode> {
    println!("{}", serde_json::to_string_pretty(&router::openapi())?);
    Ok(ExitCode::SUCCESS)
}
