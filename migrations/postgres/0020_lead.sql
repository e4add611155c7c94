-- Which instance does the periodic work. The term grows with every change of the holder and never falls: whoever held an
-- earlier one can no longer write.
create table lead (
    center_id text collate "C" primary key,
    term bigint not null,
    holder uuid not null,
    until bigint not null
);
