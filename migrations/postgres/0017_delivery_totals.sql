-- What was told to other systems is kept for a time; of what is forgotten the counts stay, by month in Vietnam.
create table delivery_total (
    destination_id uuid not null references destination (id),
    month text collate "C" not null,
    stage text collate "C" not null,
    deliveries bigint not null,
    attempts bigint not null,
    primary key (destination_id, month, stage)
);
create index delivery_done on delivery (center_id, done_at) where done_at is not null;
