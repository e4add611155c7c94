//! `ioc bench queue`: pages of an office's queue over HTTP at a steady rate, as the tickets grow.

use std::{net::SocketAddr, process::ExitCode, sync::Arc, time::Duration};

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::{
    crowd::Crowd,
    load::{Figures, Requests, paced},
    stand::{Stand, memory_mb, seconds},
};
use crate::config::Common;

/// Fill a queue and ask for its pages.
#[derive(Debug, Args)]
pub struct Queue {
    /// How many tickets there are, ascending; half of them are of the office that is asked for.
    #[arg(long, value_delimiter = ',', default_value = "10000,100000,1000000")]
    tickets: Vec<u64>,
    /// Pages a second.
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// Connections that ask.
    #[arg(long, default_value_t = 16)]
    clients: u32,
    /// Seconds of each kind of page.
    #[arg(long, default_value = "10", value_parser = seconds)]
    seconds: Duration,
    /// Seconds between writing and asking, in which the disk and the database finish what the writing left to do.
    #[arg(long, default_value_t = 0)]
    rest: u64,
    /// For machines.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Row {
    tickets: u64,
    /// 50 open tickets, what is due first first.
    open: Figures,
    /// 50 of whatever state.
    all: Figures,
    /// 50 ended ones, from the middle of them on.
    middle: Figures,
    resident_mb: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Measured {
    engine: &'static str,
    rate: u32,
    rows: Vec<Row>,
}

impl Queue {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<ExitCode> {
        let mut stand = Stand::furnished(common).await?;
        let app = stand.app(false).await?;
        let engine = app.flow.store.engine();
        let address = stand.open(app).await?;
        let mut crowd = Crowd::of(&stand.ground).await?;
        let office = crowd.busiest().to_string();
        let key = stand.ground.create_key("bench", &[format!("office:{office}")]).await?;
        let mut rows = vec![];
        for &tickets in &self.tickets {
            crowd.grow(tickets, |there| tracing::debug!(there, "tickets")).await?;
            tokio::time::sleep(Duration::from_secs(self.rest)).await;
            let page = |query: String| get(&office, &query, &key);
            let middle = format!("status=closed&cursor={}", crowd.middle());
            rows.push(Row {
                tickets,
                open: self.ask(address, page(String::new())).await?,
                all: self.ask(address, page("status=all".into())).await?,
                middle: self.ask(address, page(middle)).await?,
                resident_mb: memory_mb()[0],
            });
            if !self.json {
                print(rows.last());
            }
        }
        stand.end().await?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&json!(Measured { engine, rate: self.rate, rows }))?);
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn ask(&self, address: SocketAddr, page: Vec<u8>) -> anyhow::Result<Figures> {
        let requests: Requests = Arc::new(move |_| page.clone());
        paced(address, self.clients, self.rate, Duration::from_secs(1), Arc::clone(&requests)).await?;
        Ok(paced(address, self.clients, self.rate, self.seconds, requests).await?.figures())
    }
}

fn get(office: &str, query: &str, key: &str) -> Vec<u8> {
    format!(
        "GET /api/v1/offices/{office}/tickets?limit=50&{query} HTTP/1.1\r\nhost: ioc\r\nauthorization: Bearer {key}\r\n\r\n"
    )
    .into_bytes()
}

fn print(row: Option<&Row>) {
    let Some(row) = row else { return };
    println!("{} tickets", row.tickets);
    for (name, figures) in [("open", row.open), ("all", row.all), ("middle", row.middle)] {
        let Figures { per_s, p50_ms, p90_ms, p99_ms, max_ms, failed, .. } = figures;
        println!(
            "  {name:<7} {per_s:>4} /s   p50 {p50_ms:.1}  p90 {p90_ms:.1}  p99 {p99_ms:.1}  max {max_ms:.1} ms   {failed} failed"
        );
    }
}
