-- Figures by cohort (the day received), kept by the transaction of the event: for each day and each month, for one
-- category or all (''), for one office or all (''). So every filter is an equality, and a year is twelve rows a commune.
-- commune '' stands for none: a key column cannot be null. hours: packed histogram of working time to resolution.
drop table tally_bucket;
drop table tally;
create table tally (
    center_id text not null,
    grain text not null check (grain in ('day', 'month')),
    category text not null,
    office_id text not null,
    period integer not null,
    generation_id text not null,
    commune text not null,
    reports integer not null,
    open integer not null,
    overdue integer not null,
    settled integer not null,
    on_time integer not null,
    extended integer not null,
    reopened integer not null,
    rated integer not null,
    stars integer not null,
    ended integer not null,
    hours blob not null,
    primary key (center_id, grain, category, office_id, period, generation_id, commune)
) strict, without rowid;
