-- When each kind of upkeep of the whole database was last done well: one row a kind.
create table upkeep (
    kind text primary key not null,
    at integer not null,
    detail text not null
) strict;
