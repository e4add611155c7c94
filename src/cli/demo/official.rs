//! The officials: some offices answer the same day, most within their time, a few let things lie.

use super::{
    texts::one_of,
    year::{Dice, Step, Year},
};
use crate::{
    domain::{
        clock::{DAY, HOUR, MINUTE, Timestamp},
        text::{Description, Line},
        ticket::{State, Ticket},
    },
    flow::handle::{Act, handle},
};

/// How diligent an office is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Temper {
    /// Answers early.
    Excellent,
    /// Answers in time, most often.
    Steady,
    /// Answers late, and lets some lie.
    Slow,
}

impl Temper {
    /// One office in five is excellent, one in five slow.
    pub fn draw(dice: &Dice) -> Self {
        match dice.below(10) {
            0..=1 => Self::Excellent,
            2..=7 => Self::Steady,
            _ => Self::Slow,
        }
    }

    /// Share of the time to accept, and of the time to resolve, that is used.
    fn used(self, dice: &Dice) -> (f64, f64) {
        match self {
            Self::Excellent => (dice.between(0.03, 0.4), dice.between(0.08, 0.55)),
            Self::Steady => (dice.between(0.1, 1.05), dice.between(0.35, 1.05)),
            Self::Slow => (dice.between(0.3, 1.8), dice.between(0.5, 1.6)),
        }
    }

    /// How often a ticket is left lying for months.
    fn forgets(self) -> f64 {
        match self {
            Self::Excellent => 0.0,
            Self::Steady => 0.04,
            Self::Slow => 0.15,
        }
    }
}

impl Year<'_> {
    /// When the office looks at a ticket that has come into its queue.
    pub async fn expect_official(&mut self, case: usize) -> anyhow::Result<()> {
        let ticket = self.ticket(case).await?;
        let now = self.flow.clock.now();
        let at = match self.temper(&ticket) {
            Some(temper) => self.after(&ticket, now, temper.used(&self.dice).0, self.hours(&ticket).0),
            // Nobody sits at the province desk: its default acts, and the office that then has it looks.
            None => now.plus(8 * HOUR),
        };
        self.put(at, Step::Take(case));
        Ok(())
    }

    /// Takes it; some are refused, some passed on.
    pub async fn take(&mut self, case: usize) -> anyhow::Result<()> {
        let ticket = self.ticket(case).await?;
        let Some(temper) = self.temper(&ticket) else { return self.expect_official(case).await };
        if ticket.state != State::Queued {
            return Ok(());
        }
        let (village, luck) = (self.case(case).village, self.dice.unit());
        if luck < 0.035 && !ticket.urgent {
            let refusal = self.dice.pick(&self.texts.words.refusals);
            let act = Act::Refuse(refusal.reason, Description::parse(&refusal.text)?, vec![]);
            return self.does(&ticket, act).await.map(drop);
        }
        if (0.035..0.06).contains(&luck) && ticket.bounces == 0 && !ticket.settled_here {
            let reason = one_of(&self.texts.words.transfers, &village, &self.dice);
            self.does(&ticket, Act::Transfer(None, reason)).await?;
            return self.expect_official(case).await;
        }
        let assignee = Line::parse(&self.texts.name(&village, &self.dice))?;
        self.does(&ticket, Act::Accept(Some(assignee))).await?;
        self.plan_work(case, &ticket, temper);
        Ok(())
    }

    /// What comes between taking and answering, and when it is answered.
    fn plan_work(&mut self, case: usize, ticket: &Ticket, temper: Temper) {
        let now = self.flow.clock.now();
        if self.dice.chance(temper.forgets()) {
            return self.soon(25 * DAY, 150 * DAY, Step::Settle(case));
        }
        let share = temper.used(&self.dice).1;
        let (_, hours) = self.hours(ticket);
        let settles = self.after(ticket, now, share, hours);
        let halfway = now.plus(settles.since(now) / 2);
        match self.dice.below(100) {
            0..=3 => self.put(halfway, Step::Ask(case)),
            4..=38 => self.put(halfway, Step::Start(case)),
            _ if share > 0.95 && temper != Temper::Slow => self.put(halfway, Step::Extend(case)),
            _ => {}
        }
        self.put(settles, Step::Settle(case));
    }

    /// Begins.
    pub async fn start(&mut self, case: usize) -> anyhow::Result<()> {
        let ticket = self.ticket(case).await?;
        if ticket.state == State::Accepted {
            self.does(&ticket, Act::Start).await?;
        }
        Ok(())
    }

    /// Asks the citizen, who mostly answers.
    pub async fn ask(&mut self, case: usize) -> anyhow::Result<()> {
        let ticket = self.ticket(case).await?;
        if matches!(ticket.state, State::Accepted | State::InProgress) {
            let question = one_of(&self.texts.words.questions, &self.case(case).village, &self.dice);
            self.does(&ticket, Act::Wait(question)).await?;
            if self.dice.chance(0.85) {
                self.soon(HOUR, 3 * DAY, Step::Reply(case));
            }
        }
        Ok(())
    }

    /// Takes more time, with a reason.
    pub async fn extend(&mut self, case: usize) -> anyhow::Result<()> {
        let ticket = self.ticket(case).await?;
        if ticket.state.is_open() && self.flow.clock.now() < ticket.resolve_by {
            let reason = one_of(&self.texts.words.extensions, &self.case(case).village, &self.dice);
            let until = ticket.resolve_by.plus(self.dice.span(3 * DAY, 8 * DAY));
            self.does(&ticket, Act::Extend(until, reason)).await?;
        }
        Ok(())
    }

    /// Answers; the best answers are made public.
    pub async fn settle(&mut self, case: usize) -> anyhow::Result<()> {
        let ticket = self.ticket(case).await?;
        match ticket.state {
            State::Accepted | State::InProgress => {}
            State::WaitingForCitizen => {
                self.soon(DAY, 2 * DAY, Step::Settle(case));
                return Ok(());
            }
            _ => return Ok(()),
        }
        let answers = &self.texts.stories[&ticket.category].answers;
        let answer = one_of(answers, &self.case(case).village, &self.dice);
        let settled = self.does(&ticket, Act::Resolve(answer.clone(), vec![])).await?;
        if self.dice.chance(0.08) {
            self.does(&settled, Act::Publish(answer, vec![])).await?;
        }
        if self.dice.chance(0.62) {
            self.soon(2 * HOUR, 12 * DAY, Step::Judge(case));
        }
        Ok(())
    }

    /// Does it in the name of the office that has the ticket; the ticket after it.
    async fn does(&self, ticket: &Ticket, act: Act) -> anyhow::Result<Ticket> {
        let caller = &self.staff[&ticket.office].caller;
        let view = handle(self.flow, caller, ticket.id, Some(ticket.version), || Ok(act), vec![]).await?;
        Ok(Ticket { version: view.version, state: view.status, ..ticket.clone() })
    }

    fn temper(&self, ticket: &Ticket) -> Option<Temper> {
        self.staff.get(&ticket.office).map(|official| official.temper)
    }

    /// Hours to accept and to resolve.
    fn hours(&self, ticket: &Ticket) -> (f64, f64) {
        let category = self.centre.category_of(ticket);
        category.map_or((8.0, 40.0), |one| (f64::from(one.accept_hours), f64::from(one.resolve_hours)))
    }

    /// The moment when `share` of so many hours has passed: working hours, unless the ticket is urgent.
    fn after(&self, ticket: &Ticket, from: Timestamp, share: f64, hours: f64) -> Timestamp {
        #[expect(clippy::cast_possible_truncation, reason = "a few thousand minutes")]
        let minutes = (share * hours * 60.0).max(3.0) as i64;
        if ticket.urgent { from.plus(minutes * MINUTE) } else { self.centre.calendar.after(from, minutes) }
    }
}
