-- What was told to other systems is kept for a time; of what is forgotten the counts stay, by month in Vietnam.
create table delivery_total (
    destination_id blob not null references destination (id),
    month text not null,
    stage text not null,
    deliveries integer not null,
    attempts integer not null,
    primary key (destination_id, month, stage)
) strict;
create index delivery_done on delivery (center_id, done_at) where done_at is not null;
