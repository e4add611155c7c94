-- What other systems have to be told: a row is born with its event and dies when its deliveries are written.
create table outbox (
    event_id blob primary key not null,
    center_id text not null,
    ticket_id blob not null
) strict;

-- A system or a mailbox that is told. failing_since is what escalation reads.
create table destination (
    id blob primary key not null,
    center_id text not null,
    office_id text,
    audience text not null,
    name text not null,
    channel text not null,
    credential blob,
    secret integer not null,
    secret_overlap integer,
    created_at integer not null,
    removed_at integer,
    failures integer not null,
    failing_since integer,
    probe_at integer,
    disabled_at integer,
    delivered_at integer
) strict;
create index destination_of_center on destination (center_id, created_at, id) where removed_at is null;

-- One hand-over. next_at is the next attempt, or while it is leased the end of the lease; a fence that grows with
-- every claim refuses whoever lost it. unended counts attempts that never came back: poison.
create table delivery (
    id blob primary key not null,
    center_id text not null,
    destination_id blob not null references destination (id),
    subject_id blob not null,
    ticket_id blob,
    purpose text not null,
    stage text not null,
    created_at integer not null,
    next_at integer,
    leased integer not null,
    fence integer not null,
    attempts integer not null,
    unended integer not null,
    first_at integer,
    done_at integer,
    receipt text,
    receipt_at integer
) strict;
create index delivery_due on delivery (destination_id, next_at, created_at, id) where next_at is not null;
create index delivery_of_ticket on delivery (ticket_id, created_at, id) where ticket_id is not null;
create index delivery_undelivered on delivery (destination_id, attempts, created_at, id) where stage in ('pending', 'parked');
create index delivery_quarantined on delivery (destination_id, id) where stage = 'quarantined';

create table attempt (
    delivery_id blob not null references delivery (id),
    number integer not null,
    at integer not null,
    ended_at integer,
    outcome text,
    status integer,
    detail text,
    primary key (delivery_id, number)
) strict;
