-- Figures by cohort (the day received), kept by the transaction of the event. commune '' stands for none:
-- a key column cannot be null.
create table tally (
    center_id text not null,
    day integer not null,
    generation_id text not null,
    commune text not null,
    office_id text not null,
    category text not null,
    reports integer not null,
    open integer not null,
    overdue integer not null,
    settled integer not null,
    on_time integer not null,
    extended integer not null,
    reopened integer not null,
    rated integer not null,
    stars integer not null,
    primary key (center_id, day, generation_id, commune, office_id, category)
) strict;

-- Histogram of working minutes to resolution; sums of histograms are histograms of the union.
create table tally_bucket (
    center_id text not null,
    day integer not null,
    generation_id text not null,
    commune text not null,
    office_id text not null,
    category text not null,
    bucket integer not null,
    n integer not null,
    primary key (center_id, day, generation_id, commune, office_id, category, bucket)
) strict;
