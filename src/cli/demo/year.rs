//! The year, moment by moment: reports are sent, officials and citizens act when their time has come, and what happens
//! by itself happens.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use anyhow::Context;

use super::{
    official::Temper,
    places::{self, Commune, Village},
    season::{self, Draw},
    texts::Texts,
};
pub(super) use crate::cli::replay::dice::Dice;
use crate::{
    app::Ground,
    domain::{
        clock::{DAY, HOUR, Timestamp},
        code::PublicCode,
        ids::{OfficeId, TicketId},
        office::OfficeKind,
        ticket::Ticket,
    },
    flow::{Caller, Centre, Flow, elapse, keys},
};

/// Between two looks for what happens by itself.
const BEAT: i64 = 6 * HOUR;
/// Events sealed in one transaction.
const SEALED_AT_ONCE: i64 = 2_000;

/// Everybody and everything of the year that is played.
pub(super) struct Year<'a> {
    pub flow: &'a Flow,
    pub centre: Arc<Centre>,
    pub texts: Texts,
    pub communes: Vec<Commune>,
    pub staff: HashMap<OfficeId, Official>,
    pub dice: Dice,
    draws: Vec<Draw>,
    cases: Vec<Case>,
    agenda: BTreeMap<(Timestamp, usize), Step>,
    planned: usize,
}

/// Who handles an office's tickets.
pub(super) struct Official {
    /// By the office's key.
    pub caller: Caller,
    /// How diligent the office is.
    pub temper: Temper,
}

/// A report that was sent, with what its people know.
#[derive(Clone)]
pub(super) struct Case {
    pub id: TicketId,
    pub code: PublicCode,
    pub secret: String,
    pub village: Village,
}

/// What somebody does next. Numbers are places in the list of draws or of cases.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// A citizen sends a report.
    Send(usize),
    /// An official takes it, refuses it or passes it on.
    Take(usize),
    /// An official begins.
    Start(usize),
    /// An official asks.
    Ask(usize),
    /// The citizen answers.
    Reply(usize),
    /// An official takes more time.
    Extend(usize),
    /// An official answers.
    Settle(usize),
    /// The citizen says what became of it.
    Judge(usize),
}

impl<'a> Year<'a> {
    /// Offices get their people and keys, communes their villages, and the season its reports.
    pub async fn plan(
        ground: &Ground,
        flow: &'a Flow,
        (from, to): (Timestamp, Timestamp),
        (seed, reports): (u64, usize),
    ) -> anyhow::Result<(Self, HashMap<OfficeId, String>)> {
        let (centre, texts, dice) = (flow.centre(), Texts::read(), Dice::seeded(seed));
        for code in texts.stories.keys() {
            centre.category(code).with_context(|| format!("the rules have no category {code}"))?;
        }
        let (mut staff, mut printed) = (HashMap::new(), HashMap::new());
        for office in &centre.routes.directory().offices {
            let temper = Temper::draw(&dice);
            if office.kind != OfficeKind::ProvinceDesk {
                let key = ground.create_key("Bộ phận một cửa", &[format!("office:{}", office.id)]).await?;
                staff.insert(office.id.clone(), Official { caller: keys::caller(flow, &key).await?, temper });
                printed.insert(office.id.clone(), key);
            }
        }
        let communes = places::communes(&centre, &dice);
        let draws = season::draw(&texts, &communes, (from, to), reports, &dice);
        let (cases, agenda) = (Vec::with_capacity(draws.len()), BTreeMap::new());
        let mut year = Self { flow, centre, texts, communes, staff, dice, draws, cases, agenda, planned: 0 };
        for (place, at) in year.draws.iter().map(|draw| draw.at).enumerate().collect::<Vec<_>>() {
            year.put(at, Step::Send(place));
        }
        Ok((year, printed))
    }

    /// Plays until `to`; `told` hears how many days have passed. What would come later stays undone.
    pub async fn play(mut self, from: Timestamp, to: Timestamp, told: impl Fn(u64)) -> anyhow::Result<()> {
        let mut beat = from.plus(BEAT);
        while let Some(((at, _), step)) = self.agenda.pop_first() {
            while beat <= at.min(to) {
                self.flow.clock.set(beat);
                elapse::elapse(self.flow).await?;
                if beat.since(from) % DAY == 0 {
                    self.seal(beat).await?;
                    told(u64::try_from(beat.since(from) / DAY).unwrap_or_default());
                }
                beat = beat.plus(BEAT);
            }
            if at > to {
                break;
            }
            self.flow.clock.set(at);
            self.act(step).await.with_context(|| format!("{step:?} at {at}"))?;
        }
        self.flow.clock.set(to);
        elapse::elapse(self.flow).await?;
        self.seal(to).await
    }

    async fn act(&mut self, step: Step) -> anyhow::Result<()> {
        match step {
            Step::Send(draw) => {
                let case = self.send(&self.draws[draw].clone()).await?;
                self.cases.push(case);
                self.expect_official(self.cases.len() - 1).await
            }
            Step::Take(case) => self.take(case).await,
            Step::Start(case) => self.start(case).await,
            Step::Ask(case) => self.ask(case).await,
            Step::Reply(case) => self.reply(case).await,
            Step::Extend(case) => self.extend(case).await,
            Step::Settle(case) => self.settle(case).await,
            Step::Judge(case) => self.judge(case).await,
        }
    }

    async fn seal(&self, at: Timestamp) -> anyhow::Result<()> {
        while self.flow.store.seal(at, SEALED_AT_ONCE).await? == SEALED_AT_ONCE {}
        Ok(())
    }

    /// Notes what is to be done at `at`.
    pub fn put(&mut self, at: Timestamp, step: Step) {
        self.planned += 1;
        self.agenda.insert((at, self.planned), step);
    }

    /// Notes what is to be done between `low` and `high` microseconds from now.
    pub fn soon(&mut self, low: i64, high: i64, step: Step) {
        let at = self.flow.clock.now().plus(self.dice.span(low, high));
        self.put(at, step);
    }

    /// A case by its place.
    pub fn case(&self, case: usize) -> Case {
        self.cases[case].clone()
    }

    /// The ticket of a case as it stands now.
    pub async fn ticket(&self, case: usize) -> anyhow::Result<Ticket> {
        let ticket = self.flow.store.ticket(&self.centre.id, self.cases[case].id).await?;
        ticket.context("a ticket that was acknowledged is there")
    }
}
