//! A small province to try the state machine in.

mod calendar;
mod clocks;
mod ladder;
mod passing;
mod table;
mod walk;

use super::{
    Calendar, Command, Decision, Ladder, Refusal, RefusalReason, Setting, decide, open, starter_ladder,
    starter_working_time,
};
use crate::domain::{
    assignment::{Assignment, Reason},
    category::{Category, Level},
    clock::{Entropy, Timestamp},
    code::PublicCode,
    event::{Actor, Place, TransferCause, Visibility},
    ids::{OfficeId, ReportId, TicketId},
    names::Names,
    office::OfficeKind,
    report::{Report, Whereabouts},
    text::{Description, Line},
    ticket::{State, Ticket},
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn office(id: &str) -> OfficeId {
    id.parse().unwrap()
}

fn kind(id: &str) -> OfficeKind {
    match id {
        "ban-tinh" => OfficeKind::ProvinceDesk,
        id if id.starts_with("xa-") => OfficeKind::Commune,
        _ => OfficeKind::Department,
    }
}

fn words(text: &str) -> Description {
    Description::parse(text).unwrap()
}

fn by_office(id: &str) -> Actor {
    Actor::Office { office: office(id), name: "Một cửa".into() }
}

fn centre() -> Actor {
    Actor::Centre { name: "Trực ban".into() }
}

/// 8 hours to accept, 40 to resolve.
struct World {
    calendar: Calendar,
    ladder: Ladder,
    category: Category,
    desk: OfficeId,
}

impl World {
    fn new(urgent: bool) -> Self {
        let category = Category {
            code: "duong_hong".parse().unwrap(),
            name: Names::new("Đường hỏng", "Damaged road"),
            level: Level::Commune,
            urgent,
            accept_hours: 8,
            resolve_hours: 40,
            guidance: None,
            retired: false,
            featured: false,
        };
        Self {
            calendar: Calendar::new(starter_working_time()).unwrap(),
            ladder: Ladder::new(starter_ladder()).unwrap(),
            category,
            desk: office("ban-tinh"),
        }
    }

    fn setting(&self, now: Timestamp) -> Setting<'_> {
        Setting { calendar: &self.calendar, ladder: &self.ladder, category: &self.category, desk: &self.desk, now }
    }

    fn ticket(&self, to: &str, now: Timestamp) -> Ticket {
        let chance = Entropy::seeded(1);
        let report = Report {
            id: ReportId(chance.uuid(now)),
            center: "tinh-11".parse().unwrap(),
            code: PublicCode::from_bits(chance.bytes()),
            category: self.category.code.clone(),
            description: words("Đường sụt ở bản Nà Nghè"),
            whereabouts: Whereabouts::Unknown,
            stated_commune: None,
            captured_at: None,
            seen_at: now,
            received_at: now,
            on_behalf: false,
            share_contact: false,
            sender_key: None,
            photos: vec![],
        };
        let assignment = Assignment {
            office: office(to),
            about: None,
            reason: Reason::Rule,
            rule: None,
            rules_version: 1,
            offices_version: 1,
        };
        let place = ("2026-07-25".parse().unwrap(), None);
        open(TicketId(chance.uuid(now)), &report, &assignment, place, self.setting(now))
    }

    fn step(&self, ticket: &Ticket, command: Command, actor: &Actor, now: Timestamp) -> Result<Decision, Refusal> {
        decide(ticket, command, actor, self.setting(now))
    }

    /// The ticket after commands of the office that has it, all at `now`.
    fn after(&self, ticket: &Ticket, commands: Vec<Command>, now: Timestamp) -> Ticket {
        commands.into_iter().fold(ticket.clone(), |ticket, command| {
            let actor = by_office(ticket.office.as_str());
            self.step(&ticket, command, &actor, now).unwrap().ticket
        })
    }
}

fn accept() -> Command {
    Command::Accept { assignee: Some(Line::parse("Lò Văn A").unwrap()) }
}

fn resolve() -> Command {
    Command::Resolve { text: words("Đã san lấp"), photos: vec![] }
}

fn refuse() -> Command {
    Command::Refuse {
        reason: RefusalReason::CannotVerify, text: words("Không thấy hiện trường"), photos: vec![]
    }
}

fn wait() -> Command {
    Command::Wait { question: words("Ở đoạn nào?") }
}

fn reply() -> Command {
    Command::Reply { text: words("Gần cầu treo") }
}

fn reopen() -> Command {
    Command::Reopen { text: words("Vẫn chưa xong"), answered: None }
}

fn comment() -> Command {
    Command::Comment { text: words("Đã gọi điện"), visibility: Visibility::Internal }
}

fn pass_to(to: &str, cause: TransferCause) -> Command {
    Command::Transfer { to: office(to), kind: kind(to), reason: words("Không thuộc địa bàn"), cause }
}

/// Thursday, 23 July 2026, 08:00 in Vietnam.
fn thursday() -> Timestamp {
    at("2026-07-23T01:00:00Z")
}
