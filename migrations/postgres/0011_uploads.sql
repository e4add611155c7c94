-- Photos on their way: as they were sent, or what has arrived of them. The bytes lie in a folder, under the id; a row
-- that waits is work, and stays work over a crash. The id becomes the photo's.
create table upload (
    id uuid primary key,
    center_id text collate "C" not null,
    ticket_id uuid not null references ticket (id),
    report_id uuid references report (id),
    position bigint not null,
    actor text not null,
    state text not null check (state in ('arriving', 'waiting', 'kept', 'refused')),
    bytes bigint not null,
    at bigint not null,
    expires_at bigint not null,
    claimed_until bigint not null,
    attempts bigint not null,
    code text
);
create index upload_of_ticket on upload (ticket_id);
create index upload_waiting on upload (center_id, at, id) where state = 'waiting';
create index upload_expires on upload (center_id, expires_at) where state <> 'waiting';
