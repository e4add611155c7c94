-- When each kind of upkeep of the whole database was last done well: one row a kind.
create table upkeep (
    kind text collate "C" primary key,
    at bigint not null,
    detail text not null
);
