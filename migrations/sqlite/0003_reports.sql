-- What a citizen sent: immutable. Exactly one of position, place and neither, as where_kind says.
create table report (
    id blob primary key not null,
    center_id text not null,
    code text not null,
    category text not null,
    description text not null,
    where_kind text not null check (where_kind in ('fix', 'place', 'unknown')),
    lon real,
    lat real,
    accuracy_m real,
    accuracy_confidence real,
    source text,
    place_commune text,
    place_hint text,
    cell integer,
    stated_commune text,
    captured_at integer,
    seen_at integer not null,
    received_at integer not null,
    on_behalf integer not null,
    share_contact integer not null,
    sender_key blob
) strict;
create index report_by_cell on report (center_id, cell) where cell is not null;

-- Sealed with a key that the database does not have; apart, so that erasing a person is one delete.
create table report_contact (
    report_id blob primary key not null references report (id),
    center_id text not null,
    sealed blob not null
) strict;

create table ticket (
    id blob primary key not null,
    center_id text not null,
    report_id blob not null unique references report (id),
    code text not null,
    category text not null,
    urgent integer not null,
    generation_id text not null,
    commune text,
    office_id text not null,
    about text,
    state text not null,
    version integer not null,
    round integer not null,
    bounces integer not null,
    settled_here integer not null,
    assignee text,
    received_at integer not null,
    accept_by integer not null,
    resolve_by integer not null,
    promised_by integer not null,
    accepted_at integer,
    resolved_at integer,
    ended_at integer,
    accept_missed integer not null,
    resolve_missed integer not null,
    extensions integer not null,
    pause_since integer,
    pause_until integer,
    pause_back_to text,
    default_at integer,
    worked_minutes integer,
    stars integer,
    merged_into blob,
    me_too integer not null,
    published integer not null,
    next_at integer,
    unique (center_id, code)
) strict;
-- A page of a queue is one seek per state: settled tickets never lie in the way of open ones.
create index ticket_in_queue on ticket (center_id, office_id, state, resolve_by, id);
create index ticket_due on ticket (center_id, next_at, id) where next_at is not null;
create index ticket_settled on ticket (center_id, category, generation_id, commune, office_id)
    where state in ('resolved', 'closed');

-- report_id is null for photos that came later, with an answer.
create table photo (
    id blob primary key not null,
    center_id text not null,
    ticket_id blob not null references ticket (id),
    report_id blob references report (id),
    position integer not null,
    object_key text not null,
    media_type text not null,
    width integer not null,
    height integer not null,
    bytes integer not null,
    sha256 text not null
) strict;
create index photo_of_report on photo (report_id, position) where report_id is not null;

-- Every office that had a ticket: a former one sees a tombstone.
create table ticket_office (
    center_id text not null,
    ticket_id blob not null references ticket (id),
    office_id text not null,
    primary key (center_id, ticket_id, office_id)
) strict;

-- The key of a submission, in its own transaction: a retry after a lost answer makes no second row.
-- Deferred, because the key is claimed before its report is written.
create table idempotency (
    center_id text not null,
    scope text not null,
    key text not null,
    fingerprint blob not null,
    answer text not null,
    report_id blob not null references report (id) deferrable initially deferred,
    at integer not null,
    primary key (center_id, scope, key)
) strict;
