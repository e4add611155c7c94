-- Offices, rules, working time and the centre's own settings: versioned documents, the newest is in force.
create table document (
    center_id text collate "C" not null,
    kind text collate "C" not null,
    version bigint not null,
    at bigint not null,
    body text not null,
    primary key (center_id, kind, version)
);

-- One row, raised with every change of documents, generations and plan: servers poll it.
create table revision (
    id bigint primary key check (id = 1),
    number bigint not null
);
insert into revision (id, number) values (1, 0);

create table api_key (
    id uuid primary key,
    center_id text collate "C" not null,
    name text not null,
    hash bytea not null unique,
    scopes text not null,
    created_at bigint not null,
    revoked_at bigint
);
create index api_key_of_center on api_key (center_id, created_at, id);
