-- How far each office's feed has come: the row is locked from its raising to the commit, so that numbers become visible
-- in their order and without a gap.
create table office_head (
    center_id text collate "C" not null,
    office_id text collate "C" not null,
    sequence bigint not null,
    primary key (center_id, office_id)
);

-- What changed in an office's queue. state is null where the ticket went to another office.
create table office_feed (
    center_id text collate "C" not null,
    office_id text collate "C" not null,
    sequence bigint not null,
    at bigint not null,
    ticket_id uuid not null,
    code text not null,
    version bigint not null,
    state text,
    kind text not null,
    primary key (center_id, office_id, sequence)
);
