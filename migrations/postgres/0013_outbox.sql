-- What other systems have to be told: a row is born with its event and dies when its deliveries are written.
create table outbox (
    event_id uuid primary key,
    center_id text collate "C" not null,
    ticket_id uuid not null
);

-- A system or a mailbox that is told. failing_since is what escalation reads.
create table destination (
    id uuid primary key,
    center_id text collate "C" not null,
    office_id text collate "C",
    audience text collate "C" not null,
    name text not null,
    channel text not null,
    credential bytea,
    secret bigint not null,
    secret_overlap bigint,
    created_at bigint not null,
    removed_at bigint,
    failures bigint not null,
    failing_since bigint,
    probe_at bigint,
    disabled_at bigint,
    delivered_at bigint
);
create index destination_of_center on destination (center_id, created_at, id) where removed_at is null;

-- One hand-over. next_at is the next attempt, or while it is leased the end of the lease; a fence that grows with
-- every claim refuses whoever lost it. unended counts attempts that never came back: poison.
create table delivery (
    id uuid primary key,
    center_id text collate "C" not null,
    destination_id uuid not null references destination (id),
    subject_id uuid not null,
    ticket_id uuid,
    purpose text collate "C" not null,
    stage text collate "C" not null,
    created_at bigint not null,
    next_at bigint,
    leased bigint not null,
    fence bigint not null,
    attempts bigint not null,
    unended bigint not null,
    first_at bigint,
    done_at bigint,
    receipt text collate "C",
    receipt_at bigint
);
create index delivery_due on delivery (destination_id, next_at, created_at, id) where next_at is not null;
create index delivery_of_ticket on delivery (ticket_id, created_at, id) where ticket_id is not null;
create index delivery_undelivered on delivery (destination_id, attempts, created_at, id) where stage in ('pending', 'parked');
create index delivery_quarantined on delivery (destination_id, id) where stage = 'quarantined';

create table attempt (
    delivery_id uuid not null references delivery (id),
    number bigint not null,
    at bigint not null,
    ended_at bigint,
    outcome text collate "C",
    status bigint,
    detail text,
    primary key (delivery_id, number)
);
