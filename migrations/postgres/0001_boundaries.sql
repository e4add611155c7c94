-- Dated sets of commune polygons, shared between centres; a code means nothing without its generation.
create table generation (
    id text collate "C" primary key,
    source text not null,
    approximate boolean not null,
    checksum text not null,
    imported_at bigint not null,
    communes bigint not null
);

create table commune (
    generation_id text collate "C" not null references generation (id),
    code text collate "C" not null,
    name_vi text not null,
    name_en text not null,
    province text collate "C" not null,
    shape bytea not null,
    primary key (generation_id, code)
);

-- The plan of a centre. Append-only: a rollback marks the line, so that the history of decisions stays.
create table activation (
    center_id text collate "C" not null,
    position bigint not null,
    generation_id text collate "C" not null references generation (id),
    effective bigint not null,
    decided_at bigint not null,
    revoked_at bigint,
    primary key (center_id, position)
);
