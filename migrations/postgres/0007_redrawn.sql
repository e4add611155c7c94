-- Whose a ticket would be on the map in force, while an official still has it in hand.
alter table ticket add column successor text collate "C";
-- Open tickets that have not followed a change of the map yet are one seek per map.
create index ticket_on_map on ticket (center_id, generation_id, id)
    where state in ('queued', 'accepted', 'in_progress', 'waiting_for_citizen');
