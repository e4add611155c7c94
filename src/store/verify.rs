//! Walking the chain: every event that was changed, removed or moved is named, and every ticket or report that is not
//! what its history says.

use std::{collections::HashMap, fmt::Write as _};

use uuid::Uuid;

use super::{
    ChainFault, ChainReport, Store, StoreError,
    chain::{commitment, link},
    proof::{Claim, contradictions},
    rows::{EventRow, ReportRow},
};

const LINKS_AFTER: &str = "select position, event_id, commitment, link from chain_link \
    where position > $1 order by position limit 1000";

const SEALED_EVENTS: &str = concat!(
    "select ",
    event_columns!(),
    " from chain_link l join event e on e.id = l.event_id where l.position > $1 and l.position <= $2"
);

// Events of self-checks are never sealed, and removed within the minute.
const NEITHER_SEALED_NOR_WAITING: &str = "select e.id from event e \
    left join chain_link l on l.event_id = e.id left join unsealed u on u.event_id = e.id \
    where l.event_id is null and u.event_id is null and e.center_id not like '%.canary' order by e.id";

const WAITING_BUT_GONE: &str = "select u.event_id from unsealed u left join event e on e.id = u.event_id \
    where e.id is null order by u.event_id";

// Sealing stops at such a row: an event has one place in the chain.
const SEALED_AND_WAITING: &str = "select u.event_id from unsealed u join chain_link l on l.event_id = u.event_id \
    order by u.event_id";

// Versions count 1, 2, 3 … and are unique, so that the highest equals the number exactly where none is missing.
const INCOMPLETE_HISTORIES: &str = "select t.id, t.version, count(e.id) as events, \
    coalesce(max(e.version), 0) as last from ticket t left join event e on e.ticket_id = t.id \
    group by t.id, t.version having count(e.id) <> t.version or coalesce(max(e.version), 0) <> t.version order by t.id";

const WITHOUT_TICKET: &str = "select e.id from event e left join ticket t on t.id = e.ticket_id \
    where t.id is null order by e.id";

const TICKETS_AFTER: &str = "select id, version, office_id, state from ticket where id > $1 order by id limit 1000";

const THEIR_REPORTS: &str = concat!(
    "select t.id as ticket_id, ",
    report_columns!(),
    " from ticket t join report r on r.id = t.report_id where t.id > $1 and t.id <= $2"
);

const THEIR_EVENTS: &str = concat!(
    "select ",
    event_columns!(),
    " from event e where e.ticket_id > $1 and e.ticket_id <= $2 order by e.ticket_id, e.version"
);

#[derive(sqlx::FromRow)]
struct TicketReport {
    ticket_id: Uuid,
    #[sqlx(flatten)]
    report: ReportRow,
}

#[derive(sqlx::FromRow)]
struct LinkRow {
    position: i64,
    event_id: Uuid,
    commitment: Vec<u8>,
    link: Vec<u8>,
}

/// Where the walk stands.
struct Walk {
    position: i64,
    /// The link before, as it is stored.
    stored: Vec<u8>,
    /// The link before, as it should be.
    computed: Vec<u8>,
    sealed: i64,
    faults: Vec<ChainFault>,
}

impl Store {
    /// Walks the whole chain and all tickets, at one moment, beside the writers.
    pub async fn verify_chain(&self) -> Result<ChainReport, StoreError> {
        snapshot!(self, |tx| {
            let mut walk = Walk::new();
            loop {
                let links: Vec<LinkRow> = sqlx::query_as(LINKS_AFTER).bind(walk.position).fetch_all(&mut *tx).await?;
                let Some(end) = links.last().map(|link| link.position) else { break };
                let events: Vec<EventRow> =
                    sqlx::query_as(SEALED_EVENTS).bind(walk.position).bind(end).fetch_all(&mut *tx).await?;
                let events: HashMap<Uuid, EventRow> = events.into_iter().map(|event| (event.id, event)).collect();
                for link in links {
                    walk.step(&link, events.get(&link.event_id));
                }
            }
            let (position, head): (i64, Vec<u8>) =
                sqlx::query_as("select position, link from chain_head").fetch_one(&mut *tx).await?;
            walk.end(position, &head);
            for id in sqlx::query_scalar(NEITHER_SEALED_NOR_WAITING).fetch_all(&mut *tx).await? {
                walk.blame(None, Some(id), "the event is neither in the chain nor waiting to be sealed".into());
            }
            for id in sqlx::query_scalar(WAITING_BUT_GONE).fetch_all(&mut *tx).await? {
                walk.blame(None, Some(id), "removed: the event waited to be sealed and is gone".into());
            }
            for id in sqlx::query_scalar(SEALED_AND_WAITING).fetch_all(&mut *tx).await? {
                walk.blame(None, Some(id), "the event is in the chain and waits to be sealed again".into());
            }
            for id in sqlx::query_scalar(WITHOUT_TICKET).fetch_all(&mut *tx).await? {
                walk.blame(None, Some(id), "the event belongs to a ticket that does not exist".into());
            }
            let incomplete: Vec<(Uuid, i64, i64, i64)> =
                sqlx::query_as(INCOMPLETE_HISTORIES).fetch_all(&mut *tx).await?;
            for (ticket, version, count, last) in incomplete {
                let what =
                    format!("ticket {ticket} is at version {version}, its history has {count} events up to {last}");
                walk.blame(None, None, what);
            }
            let mut after = Uuid::nil();
            loop {
                let claims: Vec<Claim> = sqlx::query_as(TICKETS_AFTER).bind(after).fetch_all(&mut *tx).await?;
                let Some(end) = claims.last().map(|claim| claim.id) else { break };
                let reports: Vec<TicketReport> =
                    sqlx::query_as(THEIR_REPORTS).bind(after).bind(end).fetch_all(&mut *tx).await?;
                let events: Vec<EventRow> =
                    sqlx::query_as(THEIR_EVENTS).bind(after).bind(end).fetch_all(&mut *tx).await?;
                walk.compare(&claims, &reports, &events);
                after = end;
            }
            let unsealed = sqlx::query_scalar("select count(*) from unsealed").fetch_one(&mut *tx).await?;
            ChainReport { sealed: walk.sealed, unsealed, head: hex(&walk.stored), faults: walk.faults }
        })
    }
}

impl Walk {
    fn new() -> Self {
        Self { position: 0, stored: vec![0; 32], computed: vec![0; 32], sealed: 0, faults: vec![] }
    }

    fn blame(&mut self, position: Option<i64>, event: Option<Uuid>, what: String) {
        self.faults.push(ChainFault { position, event: event.map(|id| id.to_string()), what });
    }

    fn step(&mut self, row: &LinkRow, event: Option<&EventRow>) {
        let (position, id) = (Some(row.position), Some(row.event_id));
        match event {
            None => self.blame(position, id, "removed: the sealed event is gone".into()),
            Some(event) if commitment(event) != *row.commitment => {
                self.blame(position, id, "changed: the event is not what was sealed".into());
            }
            Some(_) => {}
        }
        let gap = row.position != self.position + 1;
        if gap {
            let what = format!("removed: the links from {} to {} are gone", self.position + 1, row.position - 1);
            self.blame(Some(self.position + 1), None, what);
        }
        // After a changed link its successor fits what it was: only the row that was touched is named.
        let follows = |before: &[u8]| link(before, row.position, row.event_id, &row.commitment) == *row.link;
        let computed = link(&self.stored, row.position, row.event_id, &row.commitment);
        if !gap && !follows(&self.stored) && !follows(&self.computed) {
            self.blame(position, id, "moved: the link does not follow from the one before it".into());
        }
        self.position = row.position;
        self.computed = computed.to_vec();
        self.stored.clone_from(&row.link);
        self.sealed += 1;
    }

    /// Tickets against their histories; `events` are ordered by ticket and version.
    fn compare(&mut self, claims: &[Claim], reports: &[TicketReport], events: &[EventRow]) {
        let reports: HashMap<Uuid, &ReportRow> = reports.iter().map(|row| (row.ticket_id, &row.report)).collect();
        let histories: HashMap<Uuid, &[EventRow]> =
            events.chunk_by(|one, next| one.ticket_id == next.ticket_id).map(|of| (of[0].ticket_id, of)).collect();
        for claim in claims {
            let history = histories.get(&claim.id).copied().unwrap_or_default();
            for what in contradictions(claim, reports.get(&claim.id).copied(), history) {
                self.blame(None, history.first().map(|event| event.id), what);
            }
        }
    }

    fn end(&mut self, position: i64, head: &[u8]) {
        if self.position < position {
            let what = format!("removed: the links from {} to {position} are gone", self.position + 1);
            self.blame(Some(self.position + 1), None, what);
        } else if self.position > position || self.stored != head {
            self.blame(Some(self.position), None, "the chain does not end where its head says".into());
        }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
