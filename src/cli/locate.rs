//! `ioc locate`: in which commune a position lies, one or a table of them.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Write},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;

use super::ground;
use crate::{
    config::Common,
    domain::{
        clock::{Day, Timestamp},
        position::{Accuracy, Fix, Position, Source},
    },
    flow::locate,
};

/// Said beside every answer of such a map, on standard error, so that tables stay tables.
const APPROXIMATE: &str = "APPROXIMATE boundaries: about one point in six falls into the wrong commune";

/// Say in which commune a position lies, or a table of positions.
#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)]
pub struct Locate {
    /// Degrees east.
    #[arg(required_unless_present = "input", requires = "lat")]
    lon: Option<f64>,
    /// Degrees north.
    lat: Option<f64>,
    /// Radius of the 68 % circle, metres.
    #[arg(long)]
    accuracy: Option<f64>,
    /// On the map of that day (`2026-07-24`) or moment (RFC 3339).
    #[arg(long)]
    at: Option<String>,
    /// A CSV table with the columns `lon` and `lat`; its rows and columns are kept.
    #[arg(long, conflicts_with_all = ["lon", "accuracy"])]
    input: Option<PathBuf>,
    /// Where the table goes; standard output when left out.
    #[arg(long, requires = "input")]
    output: Option<PathBuf>,
    /// For machines.
    #[arg(long)]
    json: bool,
}

impl Locate {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let ground = ground(common).await?.keeping_maps(&common.data_folder());
        let maps = ground.maps().await?;
        let at = self.at.as_deref().map(moment).transpose()?;
        let map = maps
            .at(at.unwrap_or(ground.clock.now()))
            .context("no boundaries are active: run `ioc boundaries fetch`")?;
        let approximate = maps.is_approximate(map);
        if approximate {
            eprintln!("{APPROXIMATE}");
        }
        if let Some(input) = self.input {
            let table = File::open(&input).with_context(|| format!("cannot read {}", input.display()))?;
            let out: Box<dyn Write> = match &self.output {
                Some(path) => Box::new(File::create(path).with_context(|| format!("cannot write {}", path.display()))?),
                None => Box::new(io::stdout().lock()),
            };
            locate::table(map, BufReader::new(table), BufWriter::new(out))?;
            return Ok(ExitCode::SUCCESS);
        }
        let (lon, lat) = self.lon.zip(self.lat).context("LON and LAT, or --input FILE")?;
        let accuracy = self.accuracy.and_then(|metres| Accuracy::new(metres, Accuracy::PHONE));
        let fix = Fix { position: Position::new(lon, lat)?, accuracy, source: Source::Gps };
        let found = locate::on_map(map, approximate, &fix);
        if self.json {
            println!("{}", serde_json::to_string_pretty(&found)?);
            return Ok(ExitCode::SUCCESS);
        }
        let name = found.commune_name.map(|name| name.vi).unwrap_or_default();
        let commune = found.commune.map_or_else(|| "outside".to_owned(), |code| code.to_string());
        println!("{commune} {name} ({}, generation {})", found.method.as_str(), found.generation);
        for candidate in found.candidates {
            let name = candidate.name.map_or_else(|| "outside".to_owned(), |name| name.vi);
            let sure = candidate.probability.map(|p| format!("{:.1} %  ", p * 100.0)).unwrap_or_default();
            println!("  {sure}{name}, border at {:.1} m", candidate.distance_m);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A day means its first moment in Vietnam.
pub(super) fn moment(text: &str) -> anyhow::Result<Timestamp> {
    if let Ok(day) = text.parse::<Day>() {
        return Ok(day.start());
    }
    text.parse::<Timestamp>().with_context(|| format!("{text:?} is neither a day nor a moment"))
}
