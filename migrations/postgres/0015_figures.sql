-- Figures by cohort (the day received), kept by the transaction of the event: for each day and each month, for one
-- category or all (''), for one office or all (''). So every filter is an equality, and a year is twelve rows a commune.
-- commune '' stands for none: a key column cannot be null. hours: packed histogram of working time to resolution.
drop table tally_bucket;
drop table tally;
create table tally (
    center_id text collate "C" not null,
    grain text collate "C" not null check (grain in ('day', 'month')),
    category text collate "C" not null,
    office_id text collate "C" not null,
    period bigint not null,
    generation_id text collate "C" not null,
    commune text collate "C" not null,
    reports bigint not null,
    open bigint not null,
    overdue bigint not null,
    settled bigint not null,
    on_time bigint not null,
    extended bigint not null,
    reopened bigint not null,
    rated bigint not null,
    stars bigint not null,
    ended bigint not null,
    hours bytea not null,
    primary key (center_id, grain, category, office_id, period, generation_id, commune)
) with (fillfactor = 80);
