//! Reports and tickets to write, drawn from a seed.

use ioc::{
    domain::{
        assignment::{Assignment, Reason, RoutingReceipt},
        clock::{Entropy, HOUR, Timestamp},
        code::PublicCode,
        event::{Actor, Event, EventKind},
        ids::{CenterId, EventId, GenerationId, OfficeId, PhotoId, ReportId, TicketId},
        photo::Photo,
        placement::{Candidate, Method, Placement},
        position::{Accuracy, Fix, Position, Source},
        report::{Report, Whereabouts},
        text::Description,
        ticket::Ticket,
        upload::Upload,
    },
    store::{IdempotencyKey, NewReport, Store, Submitted, TicketChange, report_sha256},
};

/// 24 July 2026, 07:05 in Vietnam.
pub const START: Timestamp = Timestamp(1_784_851_500_000_000);

pub fn center() -> CenterId {
    "dien-bien".parse().unwrap()
}

/// Draws samples.
pub struct Draw {
    pub entropy: Entropy,
}

/// One submission.
#[derive(Debug, Clone)]
pub struct Sample {
    pub report: Report,
    pub ticket: Ticket,
    pub events: Vec<Event>,
    pub cell: Option<i64>,
    pub contact: Option<Vec<u8>>,
    pub next_at: Option<Timestamp>,
    pub uploads: Vec<Upload>,
}

impl Draw {
    pub fn seeded(seed: u64) -> Self {
        Self { entropy: Entropy::seeded(seed) }
    }

    /// A number below `n`.
    pub fn below(&self, n: u64) -> u64 {
        u64::from_be_bytes(self.entropy.bytes()) % n
    }

    pub fn of<'a, T>(&self, list: &'a [T]) -> &'a T {
        &list[usize::try_from(self.below(list.len() as u64)).unwrap()]
    }

    pub fn photo(&self) -> Photo {
        let id = PhotoId(self.entropy.uuid(START));
        Photo {
            id,
            key: format!("photos/{id}.jpg"),
            media_type: "image/jpeg".into(),
            width: 1600,
            height: 1200,
            bytes: 345_678,
            sha256: "ab".repeat(32),
        }
    }

    pub fn event(&self, ticket: &Ticket, at: Timestamp, actor: Actor, kind: EventKind) -> Event {
        Event {
            id: EventId(self.entropy.uuid(at)),
            center: ticket.center.clone(),
            ticket: ticket.id,
            version: ticket.version,
            at,
            actor,
            kind,
            salt: self.entropy.bytes(),
        }
    }

    /// A report at a position in commune 03127, queued at its office, one second after another by `nth`.
    pub fn sample(&self, nth: i64) -> Sample {
        let at = START.plus(nth * 1_000_000);
        let code = PublicCode::from_bits(self.entropy.bytes());
        let report = Report {
            id: ReportId(self.entropy.uuid(at)),
            center: center(),
            code,
            category: "sat_lo".parse().unwrap(),
            description: Description::parse("Sạt lở ở bản Ặ, đường bị chặn 🪨⛔ 'x\"; --\nhai xe kẹt").unwrap(),
            whereabouts: Whereabouts::Fix(Fix {
                position: Position::new(103.023, 21.392).unwrap(),
                accuracy: Accuracy::new(12.5, 0.68),
                source: Source::Gps,
            }),
            stated_commune: None,
            captured_at: None,
            seen_at: at,
            received_at: at,
            on_behalf: false,
            share_contact: false,
            sender_key: None,
            photos: vec![],
        };
        let id = TicketId(self.entropy.uuid(at));
        let ticket = Ticket {
            urgent: true,
            commune: Some("03127".parse().unwrap()),
            accept_by: at.plus(HOUR),
            resolve_by: at.plus(24 * HOUR),
            promised_by: at.plus(24 * HOUR),
            untaken_rungs: 5,
            unresolved_rungs: 2,
            ..Ticket::queued(id, &report, "2026-07-25".parse().unwrap(), "xa-03127".parse().unwrap())
        };
        let mut sample = Sample {
            report,
            ticket,
            events: vec![],
            cell: Some(0x08a4_14a9_1a2c_7fff),
            contact: Some(vec![0, 255, 7]),
            next_at: Some(at.plus(HOUR)),
            uploads: vec![],
        };
        sample.events = self.first_events(&sample.ticket, &sample.report);
        sample
    }

    /// The two events of a new ticket.
    pub fn first_events(&self, ticket: &Ticket, report: &Report) -> Vec<Event> {
        let received = Ticket { version: 1, ..ticket.clone() };
        let content = EventKind::Received { content_sha256: "cd".repeat(32), row_sha256: Some(report_sha256(report)) };
        let assigned = EventKind::Assigned {
            receipt: Box::new(receipt(ticket.generation.clone(), ticket.office.clone())),
            office: ticket.office.clone(),
            accept_by: ticket.accept_by,
            resolve_by: ticket.resolve_by,
        };
        vec![
            self.event(&received, ticket.received_at, Actor::Citizen, content),
            self.event(ticket, ticket.received_at, Actor::System, assigned),
        ]
    }
}

fn receipt(generation: GenerationId, office: OfficeId) -> RoutingReceipt {
    let candidate = |commune: &str, probability| Candidate {
        commune: Some(commune.parse().unwrap()),
        probability: Some(probability),
        distance_m: 123.456_789_012_345_67,
    };
    RoutingReceipt {
        placement: Placement {
            generation,
            commune: Some("03127".parse().unwrap()),
            method: Method::Probable,
            probability: Some(0.1 + 0.2),
            near_border: true,
            covering: vec!["03127".parse().unwrap()],
            candidates: vec![candidate("03127", 0.1 + 0.2), candidate("03130", f64::MIN_POSITIVE)],
            nearest: vec![],
            nearest_m: None,
        },
        today: None,
        assignment: Assignment {
            office,
            about: None,
            reason: Reason::Rule,
            rule: Some("sat_lo → xã".into()),
            rules_version: 3,
            offices_version: 4,
        },
    }
}

impl Sample {
    pub fn new_report(&self) -> NewReport {
        NewReport {
            sender: String::new(),
            report: self.report.clone(),
            cell: self.cell,
            sealed_contact: self.contact.clone(),
            ticket: self.ticket.clone(),
            next_at: self.next_at,
            events: self.events.clone(),
            uploads: self.uploads.clone(),
            idempotency: None,
        }
    }

    pub fn with_key(&self, scope: &str, key: &str, fingerprint: &[u8]) -> NewReport {
        let answer = format!("{{\"code\":\"{}\"}}", self.report.code);
        let idempotency =
            IdempotencyKey { scope: scope.into(), key: key.into(), fingerprint: fingerprint.into(), answer };
        NewReport { idempotency: Some(idempotency), ..self.new_report() }
    }

    pub async fn submit(&self, store: &Store) {
        assert_eq!(store.submit(self.new_report()).await.unwrap(), Submitted::New);
    }
}

/// One step of a ticket: `edit` is applied, the version raised, one event written.
pub struct Step {
    pub before: Ticket,
    pub after: Ticket,
    pub events: Vec<Event>,
    pub photos: Vec<Photo>,
    pub next_at: Option<Timestamp>,
}

impl Step {
    pub fn of(draw: &Draw, ticket: &Ticket, actor: Actor, kind: EventKind, edit: impl FnOnce(&mut Ticket)) -> Self {
        let mut after = ticket.clone();
        edit(&mut after);
        after.version += 1;
        let at = ticket.received_at.plus(after.version * 60_000_000);
        let events = vec![draw.event(&after, at, actor, kind)];
        Self { before: ticket.clone(), after, events, photos: vec![], next_at: Some(at) }
    }

    pub fn change(&self) -> TicketChange<'_> {
        TicketChange {
            before: &self.before,
            after: &self.after,
            next_at: self.next_at,
            events: &self.events,
            photos: &self.photos,
        }
    }
}
