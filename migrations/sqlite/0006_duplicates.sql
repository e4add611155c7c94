-- How often the citizen was asked in this round: each question moves the promise.
alter table ticket add column waits integer not null default 0;

-- The duplicates of a ticket that is taken back have to be found.
create index ticket_merged on ticket (center_id, merged_into) where merged_into is not null;

-- Who said "me too", once per device: the hash of ticket and device. All that name no device are one.
create table me_too (
    ticket_id blob not null references ticket (id),
    device blob not null,
    primary key (ticket_id, device)
) strict;
