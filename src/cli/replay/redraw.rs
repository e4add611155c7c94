//! At noon the map is re-drawn, while tickets wait and officials have others in hand.

use super::{
    Hands,
    run::STORM,
    script::Kind,
    stage::{Stage, Trace},
    truth::Truth,
};
use crate::domain::clock::{HOUR, Timestamp};

/// What leaves a phone by then is told to the map before; a minute later the other one is in force.
pub fn noon() -> Timestamp {
    STORM.start().plus(12 * HOUR)
}

/// Puts the map of the afternoon into force and looks where the tickets on moved ground are: what waited stands with
/// the office of its new commune, what an official has in hand or has settled stays.
pub async fn redraw(stage: &mut Stage<'_>, hands: &Hands<'_>) -> anyhow::Result<()> {
    let Some(redraw) = &hands.redraw else { return Ok(()) };
    redraw().await?;
    if let Some(tick) = &hands.tick {
        tick().await;
    }
    for who in 0..stage.reports.len() {
        let (report, trace) = (&stage.reports[who], &stage.traces[who]);
        let Truth::Passing { first, finally } = &report.truth else { continue };
        if trace.code.is_empty() || report.kind != Kind::Moved {
            continue;
        }
        let office = if Trace::waits(trace) { &finally[0] } else { &first[0] };
        let seen = stage.client.report(&trace.code, Some(&trace.secret)).await?;
        if seen.json()["office"]["id"] != office.as_str() {
            let what = format!("once the map is re-drawn, {office} has");
            stage.misanswered(&what, who, &seen);
        }
    }
    Ok(())
}
