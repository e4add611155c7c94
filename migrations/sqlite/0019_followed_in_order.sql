-- Open tickets that have not followed a change of the map yet come office by office and category by category: those of
-- one batch count in the same figures, and a batch writes few rows of them.
drop index ticket_on_map;
create index ticket_on_map on ticket (center_id, generation_id, office_id, category, id)
    where state in ('queued', 'accepted', 'in_progress', 'waiting_for_citizen');
