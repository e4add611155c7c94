//! `ioc demo`: a fresh database with a year of believable reports and handling, then served.
//!
//! Nothing is written past the use cases: every report is submitted, every ticket handled, every deadline crossed as it
//! would be in a real year, under a clock that a hand moves. The seed draws the story (`season`, `citizen`,
//! `official`); ids, codes, keys and seals come from the machine's own chance, because the sealing key may be shared
//! with an earnest database in the same folder.

mod citizen;
mod official;
mod places;
mod season;
mod texts;
mod year;

use std::{
    fs,
    io::ErrorKind,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use self::year::Year;
use super::{
    backup::Backups,
    serve::{AUDIT_SECONDS, CANARY_SECONDS, DISK_RESERVE_MB, Serve},
};
use crate::{
    app::Ground,
    config::{Common, DATABASE_URL, LogFormat},
    domain::clock::{Clock, DAY},
    flow::retention::MONTHS,
    telemetry,
};

/// The demonstration's own database where none is named, so that it never meets a real one.
const OWN_DATABASE: &str = "sqlite://data/demo.db";
/// The office whose key is shown: the ward of Điện Biên Phủ.
const SHOWN_OFFICE: &str = "xa-03127";
/// Days that are played.
const YEAR: i64 = 365;
/// The map is in force for 13 months.
const FOUNDED: i64 = 395;

/// Serve a demonstration: a year of invented reports over approximate boundaries.
#[derive(Debug, Args)]
pub struct Demo {
    /// Draws another year.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many reports the year has.
    #[arg(long, default_value_t = 1_500)]
    reports: usize,
    /// Where to answer; port 0 takes a free one and says which.
    #[arg(long, env = "IOC_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where Prometheus reads; never on the public port.
    #[arg(long, env = "IOC_METRICS_LISTEN", default_value = "127.0.0.1:9464")]
    metrics_listen: SocketAddr,
    /// How logs are written to standard error.
    #[arg(long, env = "IOC_LOG_FORMAT", value_enum, default_value = "text")]
    log_format: LogFormat,
}

/// Keys for trying it out; they cannot be shown again.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Of the ward of Điện Biên Phủ.
    pub office: String,
    /// With `dashboard:read`.
    pub dashboard: String,
}

/// What is invented.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The same seed tells the same story.
    pub seed: u64,
    /// How many reports.
    pub reports: usize,
}

impl Demo {
    /// Makes the year where there is none yet, then answers until a signal.
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        telemetry::log(self.log_format);
        let mut common = common.clone();
        if common.database_url == DATABASE_URL {
            OWN_DATABASE.clone_into(&mut common.database_url);
        }
        let secret = common.secret_key.as_ref().map(|secret| secret.reveal().to_owned());
        let plan = Plan { seed: self.seed, reports: self.reports };
        let keys = made(&common, secret.as_deref(), plan).await?;
        let ground = Ground::open(&common.database_url, &common.center).await?;
        let app = ground.app(&common.data_folder(), secret.as_deref()).await?;
        self.announce(&common, keys.as_ref(), app.flow.centre().generation.approximate);
        let Self { listen, metrics_listen, log_format, .. } = self;
        let own = Serve {
            listen,
            metrics_listen,
            allow_approximate: true,
            drain_seconds: 0,
            log_format,
            trusted_proxies: vec![],
            disk_reserve_mb: DISK_RESERVE_MB,
            backups: Backups::default(),
            dead_man_url: None,
            audit_seconds: AUDIT_SECONDS,
            canary_seconds: CANARY_SECONDS,
            keep_deliveries_months: MONTHS,
            base_map: None,
        };
        own.answer(app).await
    }

    fn announce(&self, common: &Common, keys: Option<&Keys>, approximate: bool) {
        if approximate {
            println!("{WARNING}");
        }
        let front = if self.listen.port() == 0 { String::new() } else { format!("http://{}", self.listen) };
        println!("Người dân / citizens      {front}/");
        println!("Bản đồ nhiệt / heatmap    {front}/api/v1/heatmap?metric=reports&by=commune");
        println!("API                       {front}/docs");
        match keys {
            Some(keys) => {
                println!("Khóa chỉ hiện một lần / keys, shown only once:");
                println!("  UBND phường Điện Biên Phủ ({SHOWN_OFFICE})  {}", keys.office);
                println!("  Bảng điều hành / dashboard              {}", keys.dashboard);
            }
            None => println!(
                "Dùng lại dữ liệu đã có; khóa mới / the database is served as it is; new keys: ioc keys create --database-url {} --scope office:{SHOWN_OFFICE} --name …",
                shown(&common.database_url)
            ),
        }
    }
}

const WARNING: &str = "\
################################################################################
#  BẢN TRÌNH DIỄN. Phản ánh là hư cấu. RANH GIỚI XÃ, PHƯỜNG CHỈ LÀ GẦN ĐÚNG:   #
#  khoảng một trong sáu vị trí rơi sang xã khác. Không dùng để tiếp nhận thật. #
#                                                                              #
#  A DEMONSTRATION. The reports are invented. THE BOUNDARIES ARE APPROXIMATE:  #
#  about one position in six falls into the wrong commune. Not for real use.   #
################################################################################";

/// A server's URL may carry a password.
fn shown(url: &str) -> &str {
    if url.starts_with("sqlite:") { url } else { "…" }
}

/// Makes the year in a database in which no map was ever in force; any other is left as it is, without keys.
///
/// A file that is not there yet is written under another name first, so that one that was broken off is never taken
/// for a whole one.
async fn made(common: &Common, secret: Option<&str>, plan: Plan) -> anyhow::Result<Option<Keys>> {
    let file = new_file(&common.database_url);
    let part = file.as_ref().map(|file| file.with_extension("part"));
    let url = part.as_ref().map_or_else(|| common.database_url.clone(), |part| format!("sqlite://{}", part.display()));
    if let Some(part) = &part {
        for end in ["part", "part-wal", "part-shm"] {
            forget(&part.with_extension(end))?;
        }
    }
    let ground = Ground::open(&url, &common.center).await?;
    let keys = if ground.plan().await?.is_empty() {
        let days = ProgressStyle::with_template("{bar:40} {pos}/{len} days  {elapsed}, {eta} left")?;
        let bar = ProgressBar::new(YEAR.unsigned_abs()).with_style(days);
        let keys = play(&ground, &common.data_folder(), secret, plan, |day| bar.set_position(day)).await?;
        bar.finish_and_clear();
        Some(keys)
    } else {
        None
    };
    ground.store.close().await;
    if let (Some(part), Some(file)) = (part, file) {
        fs::rename(&part, &file).with_context(|| format!("cannot name the database {}", file.display()))?;
    }
    Ok(keys)
}

/// The SQLite file of that URL, if it is not there yet.
fn new_file(url: &str) -> Option<PathBuf> {
    let file = url.strip_prefix("sqlite://").filter(|rest| !rest.contains('?'))?;
    let file = Path::new(file);
    (!file.exists()).then(|| file.to_path_buf())
}

fn forget(file: &Path) -> anyhow::Result<()> {
    match fs::remove_file(file) {
        Err(why) if why.kind() != ErrorKind::NotFound => {
            Err(why).with_context(|| format!("cannot remove {}", file.display()))
        }
        _ => Ok(()),
    }
}

/// Plays the last 365 days into a database without a map; `told` hears how many days have passed. The sealing key and
/// the folder for photos are those of `data`.
pub async fn play(
    ground: &Ground,
    data: &Path,
    secret: Option<&str>,
    plan: Plan,
    told: impl Fn(u64),
) -> anyhow::Result<Keys> {
    let to = ground.clock.now();
    let from = to.plus(-YEAR * DAY);
    let clock = Clock::manual(to.plus(-FOUNDED * DAY));
    let past = ground.clone().by_hand(clock.clone(), ground.entropy.clone());
    let approximate = past.import_approximate().await?.generation.id;
    past.activate(&approximate, None).await?;
    let dashboard = past.create_key("Bảng điều hành", &["dashboard:read".to_owned()]).await?;
    let app = past.clone().app(data, secret).await?;
    let (year, mut keys) = Year::plan(&past, &app.flow, (from, to), (plan.seed, plan.reports)).await?;
    year.play(from, to, told).await?;
    // Nobody is told of a past that never was: a server that looks after itself would find it waiting.
    app.deliver().await?;
    let shown = SHOWN_OFFICE.parse().context("the id of the office whose key is shown")?;
    let office = keys.remove(&shown).context("the approximate set has the ward of Điện Biên Phủ")?;
    Ok(Keys { office, dashboard })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_year_is_made_once_and_a_file_that_was_broken_off_is_never_taken_for_a_whole_one() {
        let folder = tempfile::tempdir().unwrap();
        let (file, part) = (folder.path().join("demo.db"), folder.path().join("demo.part"));
        let common = Common {
            database_url: format!("sqlite://{}", file.display()),
            data_dir: None,
            center: "dien-bien".parse().unwrap(),
            secret_key: None,
        };
        fs::write(&part, "broken off").unwrap();
        let plan = Plan { seed: 1, reports: 5 };
        assert!(made(&common, None, plan).await.unwrap().is_some());
        assert!(file.exists() && !part.exists());
        assert!(made(&common, None, plan).await.unwrap().is_none());
        let ground = Ground::open(&common.database_url, &common.center).await.unwrap();
        assert_eq!(ground.keys().await.unwrap().iter().filter(|key| key.scopes == ["dashboard:read"]).count(), 1);
    }
}
