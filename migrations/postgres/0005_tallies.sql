-- Figures by cohort (the day received), kept by the transaction of the event. commune '' stands for none:
-- a key column cannot be null.
create table tally (
    center_id text collate "C" not null,
    day bigint not null,
    generation_id text collate "C" not null,
    commune text collate "C" not null,
    office_id text collate "C" not null,
    category text collate "C" not null,
    reports bigint not null,
    open bigint not null,
    overdue bigint not null,
    settled bigint not null,
    on_time bigint not null,
    extended bigint not null,
    reopened bigint not null,
    rated bigint not null,
    stars bigint not null,
    primary key (center_id, day, generation_id, commune, office_id, category)
);

-- Histogram of working minutes to resolution; sums of histograms are histograms of the union.
create table tally_bucket (
    center_id text collate "C" not null,
    day bigint not null,
    generation_id text collate "C" not null,
    commune text collate "C" not null,
    office_id text collate "C" not null,
    category text collate "C" not null,
    bucket bigint not null,
    n bigint not null,
    primary key (center_id, day, generation_id, commune, office_id, category, bucket)
);
