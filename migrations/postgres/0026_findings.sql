-- How each self-check stood when it was last made, and what people know of it: told is when they last heard of an alarm,
-- open whether they have not heard of its end yet.
create table finding (
    center_id text collate "C" not null,
    name text collate "C" not null,
    verdict text collate "C" not null,
    at bigint not null,
    since bigint not null,
    value double precision,
    unit text not null,
    body text not null,
    told bigint,
    open boolean not null,
    primary key (center_id, name)
);

-- Tickets that should have a next moment and have none: there are none, and looking for them costs nothing.
create index ticket_astray on ticket (center_id, id)
    where next_at is null and state not in ('closed', 'refused', 'merged', 'withdrawn');

-- A self-check's report is removed again: without these each removal reads whole tables.
create index photo_of_ticket on photo (ticket_id);
create index office_of_ticket on ticket_office (ticket_id);
create index upload_of_report on upload (report_id) where report_id is not null;
