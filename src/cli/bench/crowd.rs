//! Tickets by the hundred thousand, written through the store: most of them ended, half of them in one office.

use anyhow::{Context, ensure};

use crate::{
    app::{Ground, NewReport},
    domain::{
        category::Category,
        clock::{Clock, DAY, Entropy, HOUR, Timestamp},
        code::PublicCode,
        ids::{GenerationId, OfficeId, ReportId, TicketId},
        position::{Fix, Position, Source},
        report::{Report, Whereabouts},
        text::Description,
        ticket::{State, Ticket},
    },
};

/// The tickets arrived in the last 45 days. Microseconds.
const DAYS: i64 = 45 * DAY;
/// Written in one transaction.
const AT_ONCE: u64 = 20_000;

/// What the tickets are drawn from.
pub struct Crowd {
    ground: Ground,
    chance: Entropy,
    offices: Vec<OfficeId>,
    categories: Vec<Category>,
    map: GenerationId,
    now: Timestamp,
    written: u64,
}

impl Crowd {
    /// Of the offices and categories in force.
    pub async fn of(ground: &Ground) -> anyhow::Result<Self> {
        let offices: Vec<OfficeId> = ground.offices().await?.offices.into_iter().map(|office| office.id).collect();
        ensure!(!offices.is_empty(), "there are no offices");
        Ok(Self {
            chance: Entropy::seeded(2),
            offices,
            categories: ground.rules().await?.categories,
            map: ground.newest_generation().await?.context("a map")?,
            now: Clock::System.now(),
            written: 0,
            ground: ground.clone(),
        })
    }

    /// The office that has half of them.
    pub fn busiest(&self) -> &OfficeId {
        &self.offices[0]
    }

    /// The cursor of a page in the middle of the deadlines.
    pub fn middle(&self) -> String {
        format!("{}.{}", self.now.plus(-DAYS / 2 + 5 * DAY).0, TicketId(self.chance.uuid(self.now)))
    }

    /// Writes until there are so many; `told` hears how many there are.
    pub async fn grow(&mut self, count: u64, told: impl Fn(u64)) -> anyhow::Result<()> {
        // One after another as they would have come: an index then grows at its end.
        let step = DAYS / i64::try_from(count.saturating_sub(self.written).max(1))?;
        let mut received = self.now.plus(-DAYS);
        while self.written < count {
            let some = AT_ONCE.min(count - self.written);
            let mut tickets = vec![];
            for _ in 0..some {
                received = received.plus(step);
                tickets.push(self.draw(received)?);
            }
            self.ground.store.insert_history(&tickets).await?;
            self.written += some;
            told(self.written);
        }
        Ok(())
    }

    fn below(&self, most: usize) -> usize {
        usize::from(u16::from_be_bytes(self.chance.bytes())) % most
    }

    fn draw(&self, received: Timestamp) -> anyhow::Result<NewReport> {
        let office = if self.below(2) == 0 { 0 } else { self.below(self.offices.len()) };
        let category = &self.categories[self.below(self.categories.len())];
        let state = match self.below(100) {
            0..5 => State::Queued,
            5..7 => State::Accepted,
            7..9 => State::InProgress,
            9 => State::WaitingForCitizen,
            10..15 => State::Resolved,
            15..19 => State::Refused,
            19..22 => State::Merged,
            22..25 => State::Withdrawn,
            _ => State::Closed,
        };
        let id = self.chance.uuid(received);
        let report = Report {
            id: ReportId(id),
            center: self.ground.center.clone(),
            code: PublicCode::from_bits(self.chance.bytes()),
            category: category.code.clone(),
            description: Description::parse(
                "Đoạn đường qua bản bị sạt lở, đất đá tràn xuống mặt đường, xe máy không đi được",
            )?,
            whereabouts: Whereabouts::Fix(Fix {
                position: Position::new(103.0, 21.4)?,
                accuracy: None,
                source: Source::Gps,
            }),
            stated_commune: None,
            captured_at: None,
            seen_at: received,
            received_at: received,
            on_behalf: false,
            share_contact: false,
            sender_key: None,
            photos: vec![],
        };
        let ticket = ticket(&report, self.offices[office].clone(), self.map.clone(), category.urgent, state);
        Ok(NewReport {
            sender: String::new(),
            report,
            cell: None,
            sealed_contact: None,
            ticket,
            next_at: None,
            events: vec![],
            uploads: vec![],
            idempotency: None,
        })
    }
}

fn ticket(report: &Report, office: OfficeId, generation: GenerationId, urgent: bool, state: State) -> Ticket {
    let received = report.received_at;
    let ended = (!state.is_open()).then(|| received.plus(DAY));
    Ticket {
        urgent,
        state,
        accept_by: received.plus(8 * HOUR),
        resolve_by: received.plus(5 * DAY),
        promised_by: received.plus(5 * DAY),
        resolved_at: ended.filter(|_| matches!(state, State::Resolved | State::Closed)),
        ended_at: ended,
        worked_minutes: ended.map(|_| 480),
        ..Ticket::queued(TicketId(report.id.0), report, generation, office)
    }
}
