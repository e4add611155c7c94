//! The table of the state machine: which command is possible in which state, and what it does.

use super::{
    Command, Decision, Refusal, Setting,
    draft::{Draft, OPEN},
    pace::{EXTENSION_DAYS, PAUSE_DAYS, Pace, WAITS, end_pause},
};
use crate::domain::{
    clock::{DAY, Timestamp},
    event::{Actor, EventKind, Visibility},
    ids::PhotoId,
    text::{Description, Line},
    ticket::{
        Pause,
        State::{Accepted, Closed, InProgress, Queued, Refused, Resolved, WaitingForCitizen},
        Ticket,
    },
};

/// What a command does, or why not. Whatever was due before it and not yet written comes first in the history.
///
/// | from | command | to |
/// |---|---|---|
/// | queued | accept | accepted |
/// | queued, unless three leases in a row have failed | claim | accepted |
/// | accepted, in progress | release, expire | queued, clocks kept |
/// | accepted | start | in progress |
/// | accepted, in progress | assign; resolve | unchanged; resolved |
/// | queued, accepted, in progress | refuse | refused |
/// | queued | restate | queued at the other office |
/// | any open | transfer | queued at the other office, the third bounce at the province desk; clock kept |
/// | any open, twice in a round | wait → reply | waiting → where it was, clocks moved by the pause |
/// | any open | redraw | unchanged, at the other office unless an official has it in hand; clock kept |
/// | any open | extend, absorb | unchanged |
/// | any open | merge; withdraw | merged; withdrawn |
/// | merged | unmerge; repoint | queued, clocks kept; unchanged |
/// | resolved | confirm | closed |
/// | resolved, closed within 15 days; refused once; merged once its main is answered | reopen | queued, round + 1, fresh clocks |
/// | resolved, closed | rate | unchanged |
/// | once accepted, unless withdrawn or merged | publish | unchanged |
/// | any | comment; join photos; reply where nothing was asked | unchanged |
pub fn decide(ticket: &Ticket, command: Command, actor: &Actor, setting: Setting<'_>) -> Result<Decision, Refusal> {
    let mut draft = Draft::caught_up(ticket, setting);
    match command {
        Command::Accept { assignee } => draft.accept(assignee)?,
        Command::Claim { holder, until } => draft.claim(holder, until)?,
        Command::Release => draft.release()?,
        Command::Expire => draft.expire()?,
        Command::Assign { to } => draft.assign(to)?,
        Command::Start => draft.start()?,
        Command::Resolve { text, photos } => draft.resolve(text, photos)?,
        Command::Refuse { reason, text, photos } => draft.refuse(reason, text, photos)?,
        Command::Transfer { to, kind, reason, cause } => draft.transfer((to, kind), reason, cause, actor)?,
        Command::Wait { question } => draft.wait(question)?,
        Command::Reply { text } => draft.reply(text),
        Command::Extend { until, reason } => draft.extend(until, reason)?,
        Command::Comment { text, visibility } => draft.comment(text, visibility),
        Command::Merge { into } => draft.merge(into)?,
        Command::Absorb { from } => draft.absorb(from)?,
        Command::Unmerge { from, with } => draft.unmerge(from, with)?,
        Command::Repoint { into } => draft.repoint(into)?,
        Command::Withdraw => draft.withdraw()?,
        Command::Confirm => draft.confirm()?,
        Command::Reopen { text, answered } => draft.reopen(text, answered)?,
        Command::Rate { stars, text } => draft.rate(stars, text)?,
        Command::Restate { commune, to, kind, about } => draft.restate(commune, (to, kind), about)?,
        Command::Redraw { to, place } => draft.redraw(to, place)?,
        Command::JoinPhotos { photos, refused } => draft.note(EventKind::PhotosJoined { photos, refused }),
        Command::Publish { text, photos } => draft.publish(text, photos)?,
    }
    Ok(draft.done())
}

impl Draft<'_> {
    fn accept(&mut self, assignee: Option<Line>) -> Result<(), Refusal> {
        self.only_when(&[Queued], "accepted")?;
        let assignee = assignee.map(String::from);
        self.ticket.attempts = 0;
        self.take(assignee.clone());
        self.note(EventKind::Accepted { assignee });
        Ok(())
    }

    pub fn take(&mut self, assignee: Option<String>) {
        self.ticket.state = Accepted;
        self.ticket.accepted_at = self.ticket.accepted_at.or(Some(self.setting.now));
        self.ticket.assignee = assignee;
        // At the province desk: somebody does sit there today, and has a while before the default acts after all.
        self.ticket.default_at = self
            .ticket
            .default_at
            .map(|_| Pace::new(self.ticket.urgent, self.setting.calendar).desk_in_hand(self.setting.now));
    }

    fn assign(&mut self, to: Line) -> Result<(), Refusal> {
        self.only_when(&[Accepted, InProgress], "handed to a colleague")?;
        let to = String::from(to);
        self.ticket.attempts = 0;
        self.ticket.assignee = Some(to.clone());
        self.note(EventKind::Handed { to });
        Ok(())
    }

    fn start(&mut self) -> Result<(), Refusal> {
        self.only_when(&[Accepted], "started")?;
        self.ticket.state = InProgress;
        self.note(EventKind::Started);
        Ok(())
    }

    fn wait(&mut self, question: Description) -> Result<(), Refusal> {
        self.only_when(&[Queued, Accepted, InProgress], "made to wait for the citizen")?;
        if self.ticket.waits >= WAITS {
            return Err(Refusal::TooManyQuestions(WAITS));
        }
        let calendar = self.setting.calendar;
        self.ticket.waits += 1;
        let until = calendar.after(self.setting.now, PAUSE_DAYS * calendar.day_minutes());
        self.ticket.pause = Some(Pause { since: self.setting.now, until, back_to: self.ticket.state });
        self.ticket.state = WaitingForCitizen;
        self.note(EventKind::Waiting { question: question.into(), until });
        Ok(())
    }

    fn reply(&mut self, text: Description) {
        if end_pause(&mut self.ticket, self.setting.now, self.setting.calendar).is_none() {
            return self.comment(text, Visibility::Citizen);
        }
        let (accept_by, resolve_by) = (self.ticket.accept_by, self.ticket.resolve_by);
        self.note(EventKind::Replied { text: text.into(), accept_by, resolve_by });
    }

    fn extend(&mut self, until: Timestamp, reason: Description) -> Result<(), Refusal> {
        self.only_when(OPEN, "extended")?;
        if self.ticket.resolve_missed {
            return Err(Refusal::BadValue("too late: the deadline has passed, it can no longer be extended"));
        }
        if until <= self.ticket.resolve_by {
            return Err(Refusal::BadValue("until must be later than the deadline that it extends"));
        }
        if until > self.ticket.resolve_by.plus(EXTENSION_DAYS * DAY) {
            return Err(Refusal::BadValue("until must be at most 30 days after the deadline that it extends"));
        }
        self.ticket.resolve_by = until;
        self.ticket.extensions += 1;
        self.note(EventKind::Extended { until, reason: reason.into() });
        Ok(())
    }

    fn comment(&mut self, text: Description, visibility: Visibility) {
        self.note(EventKind::Commented { text: text.into(), visibility });
    }

    fn publish(&mut self, text: Description, photos: Vec<PhotoId>) -> Result<(), Refusal> {
        let taken = self.ticket.accepted_at.is_some();
        let states: &[_] =
            if taken { &[Queued, Accepted, InProgress, WaitingForCitizen, Resolved, Closed, Refused] } else { &[] };
        self.only_when(states, "published")?;
        self.ticket.published = true;
        self.note(EventKind::Published { text: text.into(), photos });
        Ok(())
    }
}
