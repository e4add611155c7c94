-- Which instance does the periodic work. The term grows with every change of the holder and never falls: whoever held an
-- earlier one can no longer write.
create table lead (
    center_id text primary key not null,
    term integer not null,
    holder blob not null,
    until integer not null
) strict;
