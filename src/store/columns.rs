//! The columns of the rows in `rows.rs`, once for every statement.

/// Columns of `TicketRow`, of a table named `t`.
macro_rules! ticket_columns {
    () => {
        "t.id, t.center_id, t.report_id, t.code, t.category, t.urgent, t.generation_id, t.commune, t.office_id, \
         t.about, t.state, t.version, t.round, t.bounces, t.settled_here, t.assignee, t.received_at, t.accept_by, \
         t.resolve_by, t.promised_by, t.accepted_at, t.resolved_at, t.ended_at, t.accept_missed, t.resolve_missed, \
         t.extensions, t.pause_since, t.pause_until, t.pause_back_to, t.default_at, t.worked_minutes, t.stars, \
         t.merged_into, t.me_too, t.waits, t.published, t.successor, t.attempts, \
         t.untaken_rungs, t.unresolved_rungs"
    };
}

/// Columns of `ReportRow`, of a table named `r`; those that a ticket has too carry another name.
macro_rules! report_columns {
    () => {
        "r.id as r_id, r.center_id as r_center_id, r.code as r_code, r.category as r_category, r.description, \
         r.where_kind, r.lon, r.lat, r.accuracy_m, r.accuracy_confidence, r.source, r.place_commune, r.place_hint, \
         r.stated_commune, r.captured_at, r.seen_at, r.received_at as r_received_at, r.on_behalf, r.share_contact, \
         r.sender_key"
    };
}

/// Columns of `PhotoRow`, of a table named `p`.
macro_rules! photo_columns {
    () => {
        "p.id, p.ticket_id, p.report_id, p.object_key, p.media_type, p.width, p.height, p.bytes, p.sha256"
    };
}

/// Columns of `EventRow`, of a table named `e`.
macro_rules! event_columns {
    () => {
        "e.id, e.center_id, e.ticket_id, e.version, e.at, e.actor_kind, e.actor, e.kind, e.body, e.salt"
    };
}
