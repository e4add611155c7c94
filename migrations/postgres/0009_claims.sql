-- Leases of machines: one row while a machine has a ticket in hand, gone when the ticket leaves it.
create table claim (
    token uuid primary key,
    ticket_id uuid not null unique references ticket (id),
    center_id text collate "C" not null,
    office_id text collate "C" not null,
    lease_until bigint not null,
    lease_seconds bigint not null
);
create index claim_expiring on claim (center_id, lease_until, token);

-- Leases in a row that ended without an answer, the running one included: from three on it is left to people.
alter table ticket add column attempts bigint not null default 0;
-- Urgent tickets are handed out first; all others come in the order of the queue.
create index ticket_urgent on ticket (center_id, office_id, resolve_by, id) where state = 'queued' and urgent;
