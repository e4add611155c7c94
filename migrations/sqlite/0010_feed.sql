-- How far each office's feed has come: the row is locked from its raising to the commit, so that numbers become visible
-- in their order and without a gap.
create table office_head (
    center_id text not null,
    office_id text not null,
    sequence integer not null,
    primary key (center_id, office_id)
) strict;

-- What changed in an office's queue. state is null where the ticket went to another office.
create table office_feed (
    center_id text not null,
    office_id text not null,
    sequence integer not null,
    at integer not null,
    ticket_id blob not null,
    code text not null,
    version integer not null,
    state text,
    kind text not null,
    primary key (center_id, office_id, sequence)
) strict;
