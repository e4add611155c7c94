-- History of tickets: append-only.
create table event (
    id blob primary key not null,
    center_id text not null,
    ticket_id blob not null references ticket (id),
    version integer not null,
    at integer not null,
    actor_kind text not null,
    actor text not null,
    kind text not null,
    body text not null,
    salt blob not null,
    unique (ticket_id, version)
) strict;
create index event_by_centre on event (center_id) where actor_kind = 'centre';

-- Events that wait to be sealed; a row is born with its event and dies with its link.
create table unsealed (
    event_id blob primary key not null,
    at integer not null
) strict;
create index unsealed_in_order on unsealed (at, event_id);

-- No foreign key to event: a removed event must be found by the walk, not hidden by a cascade.
create table chain_link (
    position integer primary key,
    event_id blob not null unique,
    commitment blob not null,
    link blob not null,
    sealed_at integer not null
) strict;

-- One row: where the chain ends. Locked by whoever seals, so that sealers follow one another.
create table chain_head (
    id integer primary key check (id = 1),
    position integer not null,
    link blob not null
) strict;
insert into chain_head (id, position, link)
values (1, 0, x'0000000000000000000000000000000000000000000000000000000000000000');
