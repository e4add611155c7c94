-- Offices, rules, working time and the centre's own settings: versioned documents, the newest is in force.
create table document (
    center_id text not null,
    kind text not null,
    version integer not null,
    at integer not null,
    body text not null,
    primary key (center_id, kind, version)
) strict;

-- One row, raised with every change of documents, generations and plan: servers poll it.
create table revision (
    id integer primary key check (id = 1),
    number integer not null
) strict;
insert into revision (id, number) values (1, 0);

create table api_key (
    id blob primary key not null,
    center_id text not null,
    name text not null,
    hash blob not null unique,
    scopes text not null,
    created_at integer not null,
    revoked_at integer
) strict;
create index api_key_of_center on api_key (center_id, created_at, id);
