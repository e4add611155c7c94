-- How far a ticket has climbed in its round, for each cause.
alter table ticket add column untaken_rungs integer not null default 0;
alter table ticket add column unresolved_rungs integer not null default 0;

-- Every rung once, and who of those it concerns has been told.
create table rung (
    ticket_id blob not null references ticket (id),
    round integer not null,
    cause text not null,
    level integer not null,
    center_id text not null,
    office_id text not null,
    step text not null,
    urgent integer not null,
    at integer not null,
    office_told integer not null,
    centre_told integer not null,
    primary key (ticket_id, round, cause, level)
) strict;
create index rung_for_office on rung (center_id, at) where office_told = 0;
create index rung_for_centre on rung (center_id, at) where centre_told = 0;
