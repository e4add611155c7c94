-- History of tickets: append-only.
create table event (
    id uuid primary key,
    center_id text collate "C" not null,
    ticket_id uuid not null references ticket (id),
    version bigint not null,
    at bigint not null,
    actor_kind text collate "C" not null,
    actor text not null,
    kind text collate "C" not null,
    body text not null,
    salt bytea not null,
    unique (ticket_id, version)
);
create index event_by_centre on event (center_id) where actor_kind = 'centre';

-- Events that wait to be sealed; a row is born with its event and dies with its link.
create table unsealed (
    event_id uuid primary key,
    at bigint not null
);
create index unsealed_in_order on unsealed (at, event_id);

-- No foreign key to event: a removed event must be found by the walk, not hidden by a cascade.
create table chain_link (
    position bigint primary key,
    event_id uuid not null unique,
    commitment bytea not null,
    link bytea not null,
    sealed_at bigint not null
);

-- One row: where the chain ends. Locked by whoever seals, so that sealers follow one another.
create table chain_head (
    id bigint primary key check (id = 1),
    position bigint not null,
    link bytea not null
);
insert into chain_head (id, position, link)
values (1, 0, '\x0000000000000000000000000000000000000000000000000000000000000000');
