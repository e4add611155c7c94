-- How far a ticket has climbed in its round, for each cause.
alter table ticket add column untaken_rungs bigint not null default 0;
alter table ticket add column unresolved_rungs bigint not null default 0;

-- Every rung once, and who of those it concerns has been told.
create table rung (
    ticket_id uuid not null references ticket (id),
    round bigint not null,
    cause text collate "C" not null,
    level bigint not null,
    center_id text collate "C" not null,
    office_id text collate "C" not null,
    step text collate "C" not null,
    urgent boolean not null,
    at bigint not null,
    office_told bigint not null,
    centre_told bigint not null,
    primary key (ticket_id, round, cause, level)
);
create index rung_for_office on rung (center_id, at) where office_told = 0;
create index rung_for_centre on rung (center_id, at) where centre_told = 0;
