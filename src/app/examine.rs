//! `ioc doctor`: everything that can be proved about a database and what lies beside it, with or without a server.

use std::path::Path;

use super::Ground;
use crate::{
    domain::{
        check::{Check, Finding, Verdict},
        clock::{MINUTE, Timestamp},
        ids::TicketId,
        names::Names,
    },
    flow::{
        audit::{self, LAST},
        centre::NoCentre,
        checks,
        status::{self, Status},
    },
    identity::Vault,
    media,
    store::{DocumentKind, StoreError},
};

/// A server that has audited within this time runs.
const RUNS: i64 = 3 * MINUTE;
/// Rows read at a time.
const PAGE: i64 = 1_000;
/// What only a running server sees of itself.
const OF_A_SERVER: [&str; 4] = ["audit", "canary", "dead_man", "loops"];
/// What waits for a server, however long there is none.
const WAITS: [&str; 7] = ["audit", "moments", "leases", "deliveries", "announcements", "chain", "photos"];

/// The report where there is no database to examine.
pub fn no_database(why: &Names, now: Timestamp) -> Status {
    Status::of(vec![found(checks::said("engine", Verdict::Alarm, "none", &[("why", why)]), now)], now)
}

fn found(check: Check, at: Timestamp) -> Finding {
    Finding { check, at, since: at, told: None, open: false }
}

/// A proof: `faults` are too many from the first one on; `count` is told.
fn proof(name: &str, faults: usize, count: i64) -> Check {
    let verdict = if faults > 0 { Verdict::Alarm } else { Verdict::Ok };
    checks::counted(name, verdict, count, "")
}

impl Ground {
    /// Everything that can be proved; `data` is the folder of key and photos.
    pub async fn examine(&self, data: &Path, secret: Option<&str>) -> Result<Status, StoreError> {
        let (store, center, now) = (&self.store, &self.center, self.clock.now());
        let engine = format!("{} {}", store.engine(), store.engine_version().await?);
        let engine = Names::new(engine.as_str(), engine.as_str());
        let mut made = vec![checks::said("engine", Verdict::Ok, "ok", &[("engine", &engine)])];
        made.push(status::disk(media::free_bytes(data).map(|free| (free, 0)), store.file().as_deref()));
        made.push(self.key(data, secret).await?);

        let centre = self.centre().await;
        let verdict = if centre.is_ok() { Verdict::Ok } else { Verdict::Alarm };
        made.push(checks::said("routing", verdict, checks::which(verdict), &[]));
        match &centre {
            Ok(centre) => made.extend(audit::look(store, centre, now).await?),
            Err(NoCentre::Store(why)) => return Err(why.clone()),
            Err(_) => {}
        }
        made.push(audit::lost(self.lost().await?));
        let chain = store.verify_chain().await?;
        let faults = i64::try_from(chain.faults.len()).unwrap_or(i64::MAX);
        made.push(proof("proof", chain.faults.len(), if faults > 0 { faults } else { chain.sealed }));
        let differences = store.audit_tallies(center).await?.len();
        made.push(proof("figures", differences, i64::try_from(differences).unwrap_or(i64::MAX)));

        let mut findings: Vec<Finding> = made.into_iter().map(|check| found(check, now)).collect();
        let kept = status::kept(store, center, now).await?;
        let audited = kept.iter().find(|finding| finding.check.name == "tickets").map(|finding| finding.at);
        let runs = audited.is_some_and(|at| now.since(at) <= RUNS);
        let told = if runs { &OF_A_SERVER[..] } else { &OF_A_SERVER[..1] };
        findings.extend(kept.into_iter().filter(|finding| told.contains(&finding.check.name.as_str())));
        if !runs {
            for finding in findings.iter_mut().filter(|finding| WAITS.contains(&finding.check.name.as_str())) {
                finding.check.verdict = finding.check.verdict.min(Verdict::Warn);
            }
        }
        Ok(Status::of(findings, now))
    }

    /// Tickets without the next moment that they should have, and reports without a ticket.
    async fn lost(&self) -> Result<i64, StoreError> {
        let mut after = TicketId(uuid::Uuid::nil());
        let mut lost = self.store.orphans(&self.center, after, LAST).await?;
        loop {
            let page = self.store.astray(&self.center, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(lost) };
            after = last.id;
            lost += i64::try_from(page.len()).unwrap_or(i64::MAX);
        }
    }

    /// Whether the sealing key is there and the one of this database; none is made.
    async fn key(&self, data: &Path, secret: Option<&str>) -> Result<Check, StoreError> {
        let first = self.store.document(&self.center, DocumentKind::Vault).await?.map(|(_, first)| first);
        let file = data.join("ioc.key");
        let said = |verdict, which| checks::said("key", verdict, which, &[]);
        if secret.is_none() && !file.exists() {
            return Ok(if first.is_some() { said(Verdict::Alarm, "bad") } else { said(Verdict::Ok, "none") });
        }
        let ours = Vault::open(secret, &file, &self.entropy).map(|vault| vault.fingerprint());
        Ok(match (ours, first) {
            (Ok(ours), Some(first)) if ours != first => said(Verdict::Alarm, "bad"),
            (Ok(_), _) => said(Verdict::Ok, "ok"),
            (Err(_), _) => said(Verdict::Alarm, "bad"),
        })
    }
}
