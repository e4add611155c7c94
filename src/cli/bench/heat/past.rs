//! A history that could have been: more reports in some communes than in others, most of them settled, some late.

use anyhow::Context;

use crate::{
    app::NewReport,
    domain::{
        clock::{DAY, Entropy, HOUR, MINUTE, Timestamp},
        code::PublicCode,
        ids::{CategoryCode, CommuneCode, OfficeId, ReportId, TicketId},
        position::{Fix, Position, Source},
        report::{Report, Whereabouts},
        text::Description,
        ticket::{State, Ticket},
    },
    flow::{Centre, public},
};

/// Points of each commune around which its reports lie.
const PLACES: usize = 120;
/// What is settled took at most this many days.
const LONGEST: i64 = 20;
/// What came in so lately may still be open.
const RECENT: i64 = 40 * DAY;

/// Where reports come from.
struct Well {
    commune: CommuneCode,
    places: Vec<(f64, f64)>,
    routes: Vec<(CategoryCode, OfficeId)>,
}

/// Draws reports with their tickets, oldest first.
pub struct Past {
    entropy: Entropy,
    report: Report,
    ticket: Ticket,
    wells: Vec<Well>,
    at: Timestamp,
    step: i64,
    now: Timestamp,
}

impl Past {
    /// `tickets` spread evenly over the days before `now`, over the communes that the centre serves.
    pub fn over(centre: &Centre, entropy: Entropy, now: Timestamp, days: i64, tickets: u64) -> anyhow::Result<Self> {
        let wells: Vec<Well> = centre.served().filter_map(|commune| well(centre, &entropy, &commune.code)).collect();
        let first = wells.first().context("a commune that is served")?;
        let (category, office) = first.routes.first().context("a category with an office")?.clone();
        let at = now.plus(-days * DAY);
        let report = Report {
            id: ReportId(entropy.uuid(at)),
            center: centre.id.clone(),
            code: PublicCode::from_bits(entropy.bytes()),
            category,
            description: Description::parse("Đèn đường không sáng từ tối qua, đoạn trước trạm y tế.")?,
            whereabouts: Whereabouts::Unknown,
            stated_commune: None,
            captured_at: None,
            seen_at: at,
            received_at: at,
            on_behalf: false,
            share_contact: false,
            sender_key: None,
            photos: vec![],
        };
        let ticket = Ticket::queued(TicketId(report.id.0), &report, centre.generation.id.clone(), office);
        let step = days * DAY / i64::try_from(tickets.max(1))?;
        Ok(Self { entropy, report, ticket, wells, at, step, now })
    }

    /// The next ones.
    pub fn draw(&mut self, count: usize) -> Vec<NewReport> {
        (0..count).map(|_| self.next()).collect()
    }

    fn below(&self, n: usize) -> usize {
        let drawn = u64::from_be_bytes(self.entropy.bytes()) % n.max(1) as u64;
        usize::try_from(drawn).unwrap_or_default()
    }

    fn part(&self, n: i64) -> i64 {
        i64::try_from(self.below(usize::try_from(n).unwrap_or(1))).unwrap_or_default()
    }

    fn next(&mut self) -> NewReport {
        self.at = self.at.plus(self.step);
        // The lesser of two draws: the first communes have most of the reports.
        let well = &self.wells[self.below(self.wells.len()).min(self.below(self.wells.len()))];
        let (lon, lat) = well.places[self.below(well.places.len()).min(self.below(well.places.len()))];
        let off = |entropy: usize| f64::from(u32::try_from(entropy).unwrap_or_default()) / 1e5 - 0.005;
        let fix = Position::new(lon + off(self.below(1_000)), lat + off(self.below(1_000))).map(|position| Fix {
            position,
            accuracy: None,
            source: Source::Gps,
        });
        let (category, office) = well.routes[self.below(well.routes.len())].clone();
        let report = Report {
            id: ReportId(self.entropy.uuid(self.at)),
            code: PublicCode::from_bits(self.entropy.bytes()),
            category: category.clone(),
            whereabouts: fix.map_or(Whereabouts::Unknown, Whereabouts::Fix),
            seen_at: self.at,
            received_at: self.at,
            ..self.report.clone()
        };
        let promised = self.at.plus((3 + self.part(7)) * DAY);
        let mut ticket = Ticket {
            id: TicketId(report.id.0),
            report: report.id,
            code: report.code,
            category,
            commune: Some(well.commune.clone()),
            office,
            received_at: self.at,
            accept_by: self.at.plus(8 * HOUR),
            resolve_by: promised,
            promised_by: promised,
            ..self.ticket.clone()
        };
        self.settle(&mut ticket);
        let cell = public::cell_of(&report);
        NewReport {
            sender: String::new(),
            report,
            cell,
            sealed_contact: None,
            ticket,
            next_at: None,
            events: vec![],
            uploads: vec![],
            idempotency: None,
        }
    }

    /// What became of it: nineteen of twenty are settled, sooner rather than later.
    fn settle(&self, ticket: &mut Ticket) {
        let took = (self.part(LONGEST * DAY)).min(self.part(LONGEST * DAY)).min(self.part(LONGEST * DAY)) + MINUTE;
        let end = ticket.received_at.plus(took);
        let is_recent = self.now.since(ticket.received_at) < RECENT;
        if end > self.now || self.below(if is_recent { 3 } else { 200 }) == 0 {
            ticket.resolve_missed = ticket.resolve_by < self.now;
            return;
        }
        ticket.ended_at = Some(end);
        ticket.version = 5;
        if self.below(15) == 0 {
            ticket.state = if self.below(3) == 0 { State::Merged } else { State::Refused };
            return;
        }
        ticket.state = if is_recent { State::Resolved } else { State::Closed };
        ticket.resolved_at = Some(end);
        // A third of the hours are worked.
        ticket.worked_minutes = Some(took / MINUTE / 3);
        ticket.round = if self.below(25) == 0 { 2 } else { 1 };
        ticket.stars = (self.below(3) == 0).then(|| 1 + self.part(5));
        ticket.resolve_missed = end > ticket.resolve_by;
    }
}

/// The places of a commune and who answers there for what; None where nobody does.
fn well(centre: &Centre, entropy: &Entropy, commune: &CommuneCode) -> Option<Well> {
    let bounds = centre.drawings(u8::MAX).iter().find(|drawn| drawn.commune.code == *commune)?.bounds;
    let categories = centre.routes.book().categories.iter();
    let routes: Vec<_> = categories
        .filter_map(|category| {
            let (office, _) = centre.routes.office_for(&category.code, commune)?;
            Some((category.code.clone(), office.id.clone()))
        })
        .collect();
    let part = || f64::from(u32::from_be_bytes(entropy.bytes())) / f64::from(u32::MAX);
    let drawn =
        (0..PLACES * 20).map(|_| (bounds.min().x + part() * bounds.width(), bounds.min().y + part() * bounds.height()));
    let places: Vec<_> =
        drawn.filter(|(lon, lat)| centre.at(*lon, *lat).any(|at| at.code == *commune)).take(PLACES).collect();
    (!routes.is_empty() && !places.is_empty()).then(|| Well { commune: commune.clone(), places, routes })
}
