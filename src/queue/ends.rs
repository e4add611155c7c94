//! The ends of a ticket, the citizen's word on them, and the way back.

use super::{
    Refusal, RefusalReason,
    draft::{Draft, OPEN},
    pace::{start_clocks, worked_minutes},
};
use crate::domain::{
    clock::{DAY, Timestamp},
    event::EventKind,
    ids::{PhotoId, TicketId},
    text::Description,
    ticket::State::{self, Accepted, Closed, InProgress, Merged, Queued, Refused, Resolved, Withdrawn},
};

/// Days in which a ticket can be reopened; after as many days of silence it closes.
pub const REOPEN_DAYS: i64 = 15;
/// Days in which a rating can be changed.
pub const RATING_DAYS: i64 = 15;

impl Draft<'_> {
    pub fn resolve(&mut self, text: Description, photos: Vec<PhotoId>) -> Result<(), Refusal> {
        self.only_when(&[Accepted, InProgress], "resolved")?;
        let worked_minutes = worked_minutes(&self.ticket, self.setting);
        self.end(Resolved);
        self.ticket.resolved_at = Some(self.setting.now);
        self.ticket.worked_minutes = Some(worked_minutes);
        self.note(EventKind::Resolved { text: text.into(), photos, worked_minutes });
        Ok(())
    }

    pub fn refuse(&mut self, reason: RefusalReason, text: Description, photos: Vec<PhotoId>) -> Result<(), Refusal> {
        self.only_when(&[Queued, Accepted, InProgress], "refused")?;
        self.end(Refused);
        self.note(EventKind::Refused { reason: reason.as_str().to_owned(), text: text.into(), photos });
        Ok(())
    }

    pub fn merge(&mut self, into: TicketId) -> Result<(), Refusal> {
        self.only_when(OPEN, "merged")?;
        if into == self.ticket.id {
            return Err(Refusal::BadTarget("a ticket is no duplicate of itself; name the other one"));
        }
        self.end(Merged);
        self.ticket.merged_into = Some(into);
        self.note(EventKind::Merged { into });
        Ok(())
    }

    pub fn absorb(&mut self, from: TicketId) -> Result<(), Refusal> {
        self.only_when(OPEN, "merged into")?;
        if from == self.ticket.id {
            return Err(Refusal::BadTarget("a ticket is no duplicate of itself; name the other one"));
        }
        self.note(EventKind::Absorbed { from });
        Ok(())
    }

    /// Its own clocks have run all the time: whoever sent it has waited all the time.
    pub fn unmerge(&mut self, from: TicketId, with: Vec<TicketId>) -> Result<(), Refusal> {
        self.only_when(&[Merged], "taken up again")?;
        self.ticket.state = Queued;
        self.ticket.merged_into = None;
        self.ticket.assignee = None;
        self.ticket.accepted_at = None;
        self.ticket.ended_at = None;
        self.ticket.default_at = self.desk_default();
        self.note(EventKind::Unmerged { from });
        for from in with {
            self.note(EventKind::Absorbed { from });
        }
        self.follow_the_map();
        Ok(())
    }

    pub fn repoint(&mut self, into: TicketId) -> Result<(), Refusal> {
        self.only_when(&[Merged], "merged into another")?;
        self.ticket.merged_into = Some(into);
        self.note(EventKind::Merged { into });
        Ok(())
    }

    pub fn withdraw(&mut self) -> Result<(), Refusal> {
        self.only_when(OPEN, "withdrawn")?;
        self.end(Withdrawn);
        self.note(EventKind::Withdrawn);
        Ok(())
    }

    pub fn confirm(&mut self) -> Result<(), Refusal> {
        self.only_when(&[Resolved], "confirmed")?;
        self.ticket.state = Closed;
        self.note(EventKind::Confirmed);
        Ok(())
    }

    pub fn rate(&mut self, stars: i64, text: Option<Description>) -> Result<(), Refusal> {
        self.only_when(&[Resolved, Closed], "rated")?;
        if !(1..=5).contains(&stars) {
            return Err(Refusal::BadValue("stars must be 1, 2, 3, 4 or 5"));
        }
        if self.ticket.stars.is_some() && !self.within(self.ticket.resolved_at, RATING_DAYS) {
            return Err(Refusal::BadValue("the rating can be changed for 15 days only"));
        }
        self.ticket.stars = Some(stars);
        self.note(EventKind::Rated { stars, text: text.map(String::from) });
        Ok(())
    }

    pub fn reopen(&mut self, text: Description, answered: Option<Timestamp>) -> Result<(), Refusal> {
        let since = match self.ticket.state {
            Resolved | Closed => self.ticket.resolved_at,
            Refused if self.ticket.round == 1 => self.ticket.ended_at,
            Merged if self.ticket.round == 1 && answered.is_some() => answered,
            state => return Err(Refusal::NotNow { state: state.as_str(), command: "reopened" }),
        };
        if !self.within(since, REOPEN_DAYS) {
            return Err(Refusal::TooLate(REOPEN_DAYS));
        }
        start_clocks(&mut self.ticket, self.setting.now, self.setting);
        let default_at = self.desk_default();
        let ticket = &mut self.ticket;
        ticket.state = Queued;
        ticket.round += 1;
        ticket.waits = 0;
        ticket.attempts = 0;
        ticket.merged_into = None;
        ticket.assignee = None;
        ticket.accepted_at = None;
        ticket.ended_at = None;
        ticket.worked_minutes = None;
        ticket.accept_missed = false;
        ticket.resolve_missed = false;
        ticket.untaken_rungs = 0;
        ticket.unresolved_rungs = 0;
        ticket.default_at = default_at;
        let (accept_by, resolve_by) = (ticket.accept_by, ticket.resolve_by);
        self.note(EventKind::Reopened { text: text.into(), accept_by, resolve_by });
        self.follow_the_map();
        Ok(())
    }

    /// An end for the citizen: nothing is awaited and no default runs any more.
    fn end(&mut self, state: State) {
        self.ticket.state = state;
        self.ticket.ended_at = Some(self.setting.now);
        self.ticket.pause = None;
        self.ticket.default_at = None;
    }

    fn within(&self, since: Option<Timestamp>, days: i64) -> bool {
        since.is_some_and(|at| self.setting.now <= at.plus(days * DAY))
    }
}
