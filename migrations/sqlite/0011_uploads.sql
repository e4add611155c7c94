-- Photos on their way: as they were sent, or what has arrived of them. The bytes lie in a folder, under the id; a row
-- that waits is work, and stays work over a crash. The id becomes the photo's.
create table upload (
    id blob primary key not null,
    center_id text not null,
    ticket_id blob not null references ticket (id),
    report_id blob references report (id),
    position integer not null,
    actor text not null,
    state text not null check (state in ('arriving', 'waiting', 'kept', 'refused')),
    bytes integer not null,
    at integer not null,
    expires_at integer not null,
    claimed_until integer not null,
    attempts integer not null,
    code text
) strict;
create index upload_of_ticket on upload (ticket_id);
create index upload_waiting on upload (center_id, at, id) where state = 'waiting';
create index upload_expires on upload (center_id, expires_at) where state <> 'waiting';
