-- What a citizen sent: immutable. Exactly one of position, place and neither, as where_kind says.
create table report (
    id uuid primary key,
    center_id text collate "C" not null,
    code text collate "C" not null,
    category text collate "C" not null,
    description text not null,
    where_kind text collate "C" not null check (where_kind in ('fix', 'place', 'unknown')),
    lon double precision,
    lat double precision,
    accuracy_m double precision,
    accuracy_confidence double precision,
    source text collate "C",
    place_commune text collate "C",
    place_hint text,
    cell bigint,
    stated_commune text collate "C",
    captured_at bigint,
    seen_at bigint not null,
    received_at bigint not null,
    on_behalf boolean not null,
    share_contact boolean not null,
    sender_key uuid
);
create index report_by_cell on report (center_id, cell) where cell is not null;

-- Sealed with a key that the database does not have; apart, so that erasing a person is one delete.
create table report_contact (
    report_id uuid primary key references report (id),
    center_id text collate "C" not null,
    sealed bytea not null
);

create table ticket (
    id uuid primary key,
    center_id text collate "C" not null,
    report_id uuid not null unique references report (id),
    code text collate "C" not null,
    category text collate "C" not null,
    urgent boolean not null,
    generation_id text collate "C" not null,
    commune text collate "C",
    office_id text collate "C" not null,
    about text collate "C",
    state text collate "C" not null,
    version bigint not null,
    round bigint not null,
    bounces bigint not null,
    settled_here boolean not null,
    assignee text,
    received_at bigint not null,
    accept_by bigint not null,
    resolve_by bigint not null,
    promised_by bigint not null,
    accepted_at bigint,
    resolved_at bigint,
    ended_at bigint,
    accept_missed boolean not null,
    resolve_missed boolean not null,
    extensions bigint not null,
    pause_since bigint,
    pause_until bigint,
    pause_back_to text collate "C",
    default_at bigint,
    worked_minutes bigint,
    stars bigint,
    merged_into uuid,
    me_too bigint not null,
    published boolean not null,
    next_at bigint,
    unique (center_id, code)
);
-- A page of a queue is one seek per state: settled tickets never lie in the way of open ones.
create index ticket_in_queue on ticket (center_id, office_id, state, resolve_by, id);
create index ticket_due on ticket (center_id, next_at, id) where next_at is not null;
create index ticket_settled on ticket (center_id, category, generation_id, commune, office_id)
    where state in ('resolved', 'closed');

-- report_id is null for photos that came later, with an answer.
create table photo (
    id uuid primary key,
    center_id text collate "C" not null,
    ticket_id uuid not null references ticket (id),
    report_id uuid references report (id),
    position bigint not null,
    object_key text not null,
    media_type text not null,
    width bigint not null,
    height bigint not null,
    bytes bigint not null,
    sha256 text not null
);
create index photo_of_report on photo (report_id, position) where report_id is not null;

-- Every office that had a ticket: a former one sees a tombstone.
create table ticket_office (
    center_id text collate "C" not null,
    ticket_id uuid not null references ticket (id),
    office_id text collate "C" not null,
    primary key (center_id, ticket_id, office_id)
);

-- The key of a submission, in its own transaction: a retry after a lost answer makes no second row.
-- Deferred, because the key is claimed before its report is written.
create table idempotency (
    center_id text collate "C" not null,
    scope text not null,
    key text not null,
    fingerprint bytea not null,
    answer text not null,
    report_id uuid not null references report (id) deferrable initially deferred,
    at bigint not null,
    primary key (center_id, scope, key)
);
