//! A ticket goes to another office; its clocks keep running.

use super::{
    Refusal,
    draft::{Draft, OPEN},
    pace::{Pace, end_pause},
};
use crate::domain::{
    category::Level,
    clock::Timestamp,
    event::{Actor, EventKind, Place, TransferCause},
    ids::{CommuneCode, OfficeId},
    office::OfficeKind,
    text::Description,
    ticket::State,
};

/// With this many times "not ours" the province desk decides.
const LAST_BOUNCE: i64 = 3;

impl Draft<'_> {
    pub fn transfer(
        &mut self,
        (to, kind): (OfficeId, OfficeKind),
        reason: Description,
        cause: TransferCause,
        actor: &Actor,
    ) -> Result<(), Refusal> {
        self.only_when(OPEN, "passed on")?;
        let from_above = matches!(actor, Actor::Centre { .. } | Actor::System);
        if self.ticket.settled_here && !from_above {
            return Err(Refusal::SettledHere);
        }
        if to == self.ticket.office {
            return Err(Refusal::BadTarget("this office has it already; name another one"));
        }
        if self.ticket.about.as_ref() == Some(&to) {
            return Err(Refusal::BadTarget("the report is about that office; name another one"));
        }
        self.never_below(kind)?;
        let bounced = cause == TransferCause::NotOurs && self.ticket.office != *self.setting.desk;
        self.ticket.bounces += i64::from(bounced);
        let (to, cause) = if bounced && self.ticket.bounces >= LAST_BOUNCE {
            (self.setting.desk.clone(), TransferCause::ThirdBounce)
        } else {
            (to, cause)
        };
        if let Some(resumed) = end_pause(&mut self.ticket, self.setting.now, self.setting.calendar) {
            self.note(resumed);
        }
        self.ticket.state = State::Queued;
        self.ticket.assignee = None;
        self.ticket.settled_here |= matches!(actor, Actor::System) && settles(cause);
        let from = self.hand_to(to.clone());
        self.note(EventKind::Transferred { from, to, reason: reason.into(), cause });
        Ok(())
    }

    /// The citizen's own answer outweighs the map and the desk's default: the office it names may say "not ours" again.
    pub fn restate(
        &mut self,
        commune: CommuneCode,
        (to, kind): (OfficeId, OfficeKind),
        about: Option<OfficeId>,
    ) -> Result<(), Refusal> {
        self.only_when(&[State::Queued], "placed anew")?;
        if about.as_ref() == Some(&to) {
            return Err(Refusal::BadTarget("the report is about that office; the one above it must answer"));
        }
        self.never_below(kind)?;
        self.ticket.commune = Some(commune.clone());
        self.ticket.about = about;
        if to != self.ticket.office {
            self.ticket.settled_here = false;
        }
        let from = self.hand_to(to.clone());
        self.note(EventKind::Restated { commune, from, to });
        Ok(())
    }

    /// The map was re-drawn under it. Nobody has said "not ours": this is no bounce, and whatever waits or is missed
    /// stays as it is. What an official has in hand stays there, marked.
    pub fn redraw(&mut self, to: OfficeId, place: Place) -> Result<(), Refusal> {
        self.only_when(OPEN, "moved to another map")?;
        let earlier = Place {
            generation: std::mem::replace(&mut self.ticket.generation, place.generation.clone()),
            commune: std::mem::replace(&mut self.ticket.commune, place.commune.clone()),
            about: std::mem::replace(&mut self.ticket.about, place.about.clone()),
        };
        let from = self.ticket.office.clone();
        let stays = self.in_hand() && to != from;
        self.ticket.successor = stays.then(|| to.clone());
        if !stays {
            self.hand_to(to.clone());
        }
        self.note(EventKind::Redrawn { from, to, stays, place, earlier });
        Ok(())
    }

    fn in_hand(&self) -> bool {
        let state = self.ticket.pause.map_or(self.ticket.state, |pause| pause.back_to);
        matches!(state, State::Accepted | State::InProgress)
    }

    /// Queued anew: nobody has it in hand any more, so it goes where it would have gone.
    pub fn follow_the_map(&mut self) {
        let Some(to) = self.ticket.successor.take() else { return };
        let place = Place {
            generation: self.ticket.generation.clone(),
            commune: self.ticket.commune.clone(),
            about: self.ticket.about.clone(),
        };
        let from = self.hand_to(to.clone());
        self.note(EventKind::Redrawn { from, to, stays: false, earlier: place.clone(), place });
    }

    /// A report about an office or its people goes to no commune's office: without a position nobody knows which one it
    /// is about, and neighbours know one another.
    fn never_below(&self, kind: OfficeKind) -> Result<(), Refusal> {
        if self.setting.category.level == Level::Above && kind == OfficeKind::Commune {
            return Err(Refusal::BadTarget("the report is about an office or its people; no commune may receive it"));
        }
        Ok(())
    }

    /// Moves it; the default runs at the province desk and nowhere else. The office that had it.
    fn hand_to(&mut self, to: OfficeId) -> OfficeId {
        let from = std::mem::replace(&mut self.ticket.office, to);
        if from != self.ticket.office {
            self.ticket.successor = None;
            self.ticket.attempts = 0;
            self.ticket.default_at = self.desk_default();
        }
        from
    }

    /// When the default will act on this ticket, if it is at the province desk.
    pub fn desk_default(&self) -> Option<Timestamp> {
        let pace = Pace::new(self.ticket.urgent, self.setting.calendar);
        (self.ticket.office == *self.setting.desk).then(|| pace.desk(self.setting.now))
    }
}

/// The province desk's own decisions, which end the passing on.
fn settles(cause: TransferCause) -> bool {
    matches!(cause, TransferCause::Nearest | TransferCause::SimilarCases | TransferCause::LastResort)
}
