//! A report becomes a ticket.

use super::{
    Setting,
    pace::{Pace, start_clocks},
};
use crate::domain::{
    assignment::Assignment,
    ids::{CommuneCode, GenerationId, TicketId},
    report::Report,
    ticket::Ticket,
};

/// The ticket of a new report: queued at the assigned office, its deadlines running from the report's receipt.
///
/// `place` is the map and the commune that decided.
pub fn open(
    id: TicketId,
    report: &Report,
    assignment: &Assignment,
    place: (GenerationId, Option<CommuneCode>),
    setting: Setting<'_>,
) -> Ticket {
    let urgent = setting.category.urgent;
    let at_desk = assignment.office == *setting.desk;
    let (generation, commune) = place;
    let mut ticket = Ticket {
        urgent,
        commune,
        about: assignment.about.clone(),
        default_at: at_desk.then(|| Pace::new(urgent, setting.calendar).desk(setting.now)),
        ..Ticket::queued(id, report, generation, assignment.office.clone())
    };
    start_clocks(&mut ticket, report.received_at, setting);
    ticket
}
