//! A report becomes a ticket.

use super::{
    Setting,
    pace::{Pace, start_clocks},
};
use crate::domain::{
    assignment::Assignment,
    ids::{CommuneCode, GenerationId, TicketId},
    report::Report,
    ticket::{State, Ticket},
};

/// The ticket of a new report: queued at the assigned office, its deadlines running from the report's receipt.
///
/// `place` is the map and the commune that decided. Its version is 2: its history begins with `received` and `assigned`.
pub fn open(
    id: TicketId,
    report: &Report,
    assignment: &Assignment,
    place: (GenerationId, Option<CommuneCode>),
    setting: Setting<'_>,
) -> Ticket {
    let urgent = setting.category.urgent;
    let at_desk = assignment.office == *setting.desk;
    let mut ticket = Ticket {
        id,
        center: report.center.clone(),
        report: report.id,
        code: report.code,
        category: report.category.clone(),
        urgent,
        generation: place.0,
        commune: place.1,
        office: assignment.office.clone(),
        about: assignment.about.clone(),
        successor: None,
        state: State::Queued,
        version: 2,
        round: 1,
        bounces: 0,
        settled_here: false,
        assignee: None,
        attempts: 0,
        received_at: report.received_at,
        accept_by: report.received_at,
        resolve_by: report.received_at,
        promised_by: report.received_at,
        accepted_at: None,
        resolved_at: None,
        ended_at: None,
        accept_missed: false,
        resolve_missed: false,
        extensions: 0,
        waits: 0,
        pause: None,
        default_at: at_desk.then(|| Pace::new(urgent, setting.calendar).desk(setting.now)),
        worked_minutes: None,
        stars: None,
        merged_into: None,
        me_too: 0,
        published: false,
        untaken_rungs: 0,
        unresolved_rungs: 0,
    };
    start_clocks(&mut ticket, report.received_at, setting);
    ticket
}
