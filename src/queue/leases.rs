//! Machines take tickets under a lease. Whoever lets it lapse has the ticket taken away, and after three of them in a row
//! a person has to look: what kills one machine would kill the next.

use super::{Refusal, draft::Draft};
use crate::domain::{
    clock::Timestamp,
    event::EventKind,
    ticket::{
        ATTEMPTS,
        State::{Accepted, InProgress, Queued},
    },
};

impl Draft<'_> {
    /// The attempt is counted before the work: a machine that dies at it counts too.
    pub fn claim(&mut self, holder: String, until: Timestamp) -> Result<(), Refusal> {
        self.only_when(&[Queued], "claimed")?;
        if self.ticket.attempts >= ATTEMPTS {
            return Err(Refusal::ForPeople(ATTEMPTS));
        }
        self.take(Some(holder));
        self.ticket.attempts += 1;
        self.note(EventKind::Claimed { attempt: self.ticket.attempts, until });
        Ok(())
    }

    /// A machine that can say so is well: this was no attempt.
    pub fn release(&mut self) -> Result<(), Refusal> {
        self.only_when(&[Accepted, InProgress], "given back")?;
        self.ticket.attempts = (self.ticket.attempts - 1).max(0);
        self.queue_again(EventKind::Released);
        Ok(())
    }

    pub fn expire(&mut self) -> Result<(), Refusal> {
        self.only_when(&[Accepted, InProgress], "taken away")?;
        let attempt = self.ticket.attempts;
        self.queue_again(EventKind::LeaseExpired { attempt, for_people: attempt >= ATTEMPTS });
        Ok(())
    }

    fn queue_again(&mut self, event: EventKind) {
        self.ticket.state = Queued;
        self.ticket.assignee = None;
        self.ticket.default_at = self.desk_default();
        self.note(event);
        self.follow_the_map();
    }
}
