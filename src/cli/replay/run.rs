//! The course of the day and of the weeks after it, step by step.

use std::collections::HashMap;

use anyhow::{Context, ensure};

use super::{
    Doors, Hands, Time, citizen,
    client::Client,
    day,
    dice::Dice,
    observe::{observe, papers_are_whole},
    official::{self, Sleep},
    papers::DocumentSystem,
    province::World,
    redraw::{self, noon},
    score::{Around, Score, score},
    script::After,
    stage::{Moment, Stage, Trace},
    survey::Survey,
    truth::{ABOVE, DESK, Menu},
};
use crate::domain::clock::{Clock, DAY, Day, HOUR, MINUTE, Timestamp};

/// Tuesday, 21 July 2026, the day of the storm.
pub(super) const STORM: Day = Day(20_655);
/// Days after it that are played at most: the slowest matter, a reopening and the 15 days of silence fit in.
const AFTERMATH_DAYS: i32 = 45;
/// Where no clock can be moved, waiting longer changes nothing.
const AFTERMATH_DAYS_ON_THE_WALL: i32 = 8;
/// A little more than the 15 days of silence after which a settled ticket closes.
const SILENCE: i64 = 16 * DAY;

/// Whether the offices work at a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Duty {
    On,
    Off,
}

/// Plays the day of `seed` over `world` against the server behind `doors` and scores it. The score depends on the seed
/// and the server alone. Fails where the day cannot be played: no answer, a key or a category missing.
pub async fn replay(seed: u64, world: &World, doors: &Doors, hands: Hands<'_>) -> anyhow::Result<Score> {
    let survey = Survey::of(world);
    let earlier = (!world.earlier.is_empty()).then(|| Survey::over(&world.earlier));
    ensure!(earlier.is_none() || hands.redraw.is_some(), "nobody is there who puts the second map into force");
    let client = Client::new(&doors.base_url)?;
    let categories = client.get("/api/v1/categories", None, &[]).await?;
    ensure!(categories.ok(), "the server does not tell its categories: {}", categories.brief());
    let menu = Menu::read(&categories.json())?;
    let departments = menu.province.iter().map(|(_, office)| office.clone());
    for office in survey.grounds().map(super::Ground::office).chain(departments).chain([DESK.into(), ABOVE.into()]) {
        ensure!(doors.office_keys.contains_key(&office), "the day needs a key for the office {office}");
    }
    let start = STORM.start().plus(5 * HOUR);
    // Keys and markers differ between runs where the clock is nobody's, so that one server can be played again.
    let salt = if matches!(hands.time, Time::Wall) { Clock::System.now() } else { start };
    let reports = day::draw(seed, (&survey, earlier.as_ref()), &menu, start, &day::tag(seed, salt))?;
    let dice = Dice::seeded(seed.wrapping_add(1));
    let mut offices: Vec<_> = doors.office_keys.keys().filter(|office| *office != DESK).cloned().collect();
    offices.sort();
    let asleep = official::sleep(offices.iter(), STORM.start(), &dice);
    let mut stage = Stage {
        client,
        doors,
        traces: vec![Trace::default(); reports.len()],
        reports,
        by_code: HashMap::new(),
        around: Around::default(),
        now: Moment { script: start, next: start, wall: start },
        dice,
        papers: doors
            .papers
            .iter()
            .map(|(office, tray)| (office.clone(), DocumentSystem::new(office, tray.clone())))
            .collect(),
    };
    if let Time::Manual(clock) = &hands.time {
        clock.set(start);
    }
    let touches = touches(&stage).await?;
    play(&mut stage, &hands, &offices, &asleep).await?;
    stage.around.centre_touches = self::touches(&stage).await?.saturating_sub(touches);
    papers_are_whole(&mut stage)?;
    let outcomes = observe(&mut stage).await?;
    Ok(score(seed, &outcomes, stage.around))
}

async fn play(stage: &mut Stage<'_>, hands: &Hands<'_>, offices: &[String], asleep: &Sleep) -> anyhow::Result<()> {
    let days = if matches!(hands.time, Time::Wall) { AFTERMATH_DAYS_ON_THE_WALL } else { AFTERMATH_DAYS };
    let steps = steps(days);
    for (number, (script, duty)) in steps.iter().enumerate() {
        let next = steps.get(number + 1).map_or(*script, |(at, _)| *at);
        let wall = match &hands.time {
            Time::Manual(clock) => {
                clock.set(*script);
                *script
            }
            Time::Wall => Clock::System.now(),
        };
        stage.now = Moment { script: *script, next, wall };
        if let Some(tick) = &hands.tick {
            tick().await;
        }
        citizen::send_due(stage).await?;
        if let (Some(_), Time::Manual(clock)) = (hands.redraw.as_ref().filter(|_| *script == noon()), &hands.time) {
            stage.now.wall = noon().plus(MINUTE);
            clock.set(stage.now.wall);
            redraw::redraw(stage, hands).await?;
        }
        carry(stage, hands).await?;
        if *duty == Duty::On {
            for office in offices {
                let sleeps = asleep.get(office).is_some_and(|(from, to)| (*from..*to).contains(script));
                if !sleeps {
                    official::shift(stage, office).await?;
                }
            }
        }
        carry(stage, hands).await?;
        citizen::follow_up(stage).await?;
        let silence = if matches!(hands.time, Time::Wall) { 0 } else { SILENCE };
        if over(stage, silence) {
            break;
        }
    }
    Ok(())
}

/// What is due is told to document systems, and what they wrote is read; what was refused of it is a fault.
async fn carry(stage: &mut Stage<'_>, hands: &Hands<'_>) -> anyhow::Result<()> {
    let Some(carry) = &hands.carry else { return Ok(()) };
    carry().await;
    for (office, papers) in &stage.papers {
        let refused = papers.refused()?.into_iter().map(|why| format!("a document of {office} was refused: {why}"));
        stage.around.misanswered.extend(refused);
    }
    Ok(())
}

/// Every half hour of the storm day from 05:00 to 22:00, all offices on duty; then hourly in the working hours of a
/// week, then twice a working day; at weekends one look by nobody but the server and the citizens.
fn steps(days: i32) -> Vec<(Timestamp, Duty)> {
    let storm = (10..=44).map(|half| (STORM.start().plus(half * 30 * MINUTE), Duty::On));
    let after = (1..=days).flat_map(|offset| {
        let day = Day(STORM.0 + offset);
        let (hours, duty): (&[i64], _) = match (day.weekday(), offset) {
            (5 | 6, _) => (&[9], Duty::Off),
            (_, ..=8) => (&[8, 9, 10, 11, 14, 15, 16], Duty::On),
            _ => (&[8, 14], Duty::On),
        };
        hours.iter().map(move |hour| (day.start().plus(hour * HOUR), duty))
    });
    storm.chain(after).collect()
}

/// Everything that had to be kept is settled, its sender has spoken or `silence` has passed.
fn over(stage: &Stage<'_>, silence: i64) -> bool {
    stage.reports.iter().zip(&stage.traces).all(|(report, trace)| {
        let quiet = trace.settled.is_some_and(|(_, at)| at.plus(silence) <= stage.now.script);
        let spoken = trace.followed || report.fate.after == After::Silent;
        trace.answer.is_some() && (trace.code.is_empty() || !report.truth.kept() || (quiet && spoken))
    })
}

/// What people at the centre have done so far, as the dashboard says.
async fn touches(stage: &Stage<'_>) -> anyhow::Result<u64> {
    let reply = stage.client.get("/api/v1/stats/summary", Some(&stage.doors.dashboard_key), &[]).await?;
    let told = reply.json()["centre_touches"].as_u64();
    told.with_context(|| format!("stats/summary tells no centre_touches: {}", reply.brief()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_storm_is_on_a_tuesday_and_time_only_moves_on() {
        assert_eq!((STORM.to_string().as_str(), STORM.weekday()), ("2026-07-21", 1));
        let steps = steps(AFTERMATH_DAYS);
        assert_eq!(steps[0].0.to_string(), "2026-07-20T22:00:00Z");
        assert!(steps.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let working = steps.iter().filter(|(_, duty)| *duty == Duty::On);
        assert!(working.clone().all(|(at, _)| at.day().weekday() < 5));
        assert!(steps.len() < 250, "{}", steps.len());
    }
}
