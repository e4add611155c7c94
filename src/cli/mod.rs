//! The other front door: one file per subcommand.
#![expect(clippy::print_stdout, reason = "a command answers on standard output")]

mod backup;
mod bench;
mod boundaries;
mod calendar;
mod categories;
pub mod demo;
mod destinations;
mod doctor;
mod keys;
mod locate;
mod notify;
mod offices;
mod openapi;
pub mod rehearsal;
pub mod replay;
mod replay_day;
mod restore;
mod routing;
mod serve;
mod verify;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::{app::Ground, config::Common};

/// Puts a citizen's report into the queue of the responsible commune office, and sees to it that it gets solved.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub struct Ioc {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer reports, officials and dashboards.
    Serve(serve::Serve),
    /// Serve a demonstration: a year of invented reports over approximate boundaries.
    Demo(demo::Demo),
    /// Say in which commune a position lies, or a table of positions.
    Locate(locate::Locate),
    /// Fetch, import, list and activate commune boundaries.
    #[command(subcommand)]
    Boundaries(boundaries::Boundaries),
    /// Make, edit and bring in the offices that answer.
    #[command(subcommand)]
    Offices(offices::Offices),
    /// Prove and explain who answers for what.
    #[command(subcommand)]
    Routing(routing::Routing),
    /// Load and show holidays and swapped working days.
    #[command(subcommand)]
    Calendar(calendar::CalendarCommand),
    /// Show and change what tickets climb that nobody acts on.
    #[command(subcommand)]
    Ladder(calendar::LadderCommand),
    /// List what a report can be about.
    Categories(categories::Categories),
    /// Make, list and revoke access keys.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Add, list, rotate, redrive and remove the systems that are told.
    #[command(subcommand)]
    Destinations(destinations::Destinations),
    /// Prove that no event was changed, removed or moved.
    Verify(verify::Verify),
    /// Copy the database and its photos beside the writers, and try the copy.
    Backup(backup::Backup),
    /// Bring a backup back into an empty database.
    Restore(restore::Restore),
    /// Say how everything stands, and what to do where something does not.
    Doctor(doctor::Doctor),
    /// Play a day against the product and score it.
    #[command(subcommand)]
    Replay(replay_day::Replay),
    /// Measure this machine.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Print the OpenAPI document.
    Openapi,
}

/// Runs one subcommand. 0: done; 1: it could not be done; other codes are the subcommand's own.
pub async fn run(ioc: Ioc) -> anyhow::Result<ExitCode> {
    let Ioc { common, command } = ioc;
    match command {
        Command::Serve(serve) => serve.run(&common).await,
        Command::Demo(demo) => demo.run(&common).await,
        Command::Locate(locate) => locate.run(&common).await,
        Command::Boundaries(boundaries) => boundaries.run(&common).await,
        Command::Offices(offices) => offices.run(&common).await,
        Command::Routing(routing) => routing.run(&common).await,
        Command::Calendar(calendar) => calendar.run(&common).await,
        Command::Ladder(ladder) => ladder.run(&common).await,
        Command::Categories(categories) => categories.run(&common).await,
        Command::Keys(keys) => keys.run(&common).await,
        Command::Destinations(destinations) => destinations.run(&common).await,
        Command::Verify(verify) => verify.run(&common).await,
        Command::Backup(backup) => backup.run(&common).await,
        Command::Restore(restore) => restore.run(&common).await,
        Command::Doctor(doctor) => doctor.run(&common).await,
        Command::Replay(replay) => replay.run(&common).await,
        Command::Bench(bench) => bench.run(&common).await,
        Command::Openapi => openapi::print(),
    }
}

/// An error and its causes in one line, each said once: many repeat the words of their cause.
pub fn said(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |said, cause| match said.as_str() {
        "" => cause,
        before if before.contains(&cause) => said,
        _ => format!("{said}: {cause}"),
    })
}

/// The store and the clock of every command.
async fn ground(common: &Common) -> anyhow::Result<Ground> {
    Ok(Ground::open(&common.database_url, &common.center).await?)
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;
    use crate::flow::boundaries;

    #[test]
    fn an_error_says_each_of_its_causes_once() {
        let error = boundaries::check("/nowhere/at/all".as_ref()).context("the map cannot be checked").unwrap_err();
        assert_eq!(
            said(&error),
            "the map cannot be checked: cannot read /nowhere/at/all: No such file or directory (os error 2)"
        );
    }
}
