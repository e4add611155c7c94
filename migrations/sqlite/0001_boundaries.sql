-- Dated sets of commune polygons, shared between centres; a code means nothing without its generation.
create table generation (
    id text primary key not null,
    source text not null,
    approximate integer not null,
    checksum text not null,
    imported_at integer not null,
    communes integer not null
) strict;

create table commune (
    generation_id text not null references generation (id),
    code text not null,
    name_vi text not null,
    name_en text not null,
    province text not null,
    shape blob not null,
    primary key (generation_id, code)
) strict;

-- The plan of a centre. Append-only: a rollback marks the line, so that the history of decisions stays.
create table activation (
    center_id text not null,
    position integer not null,
    generation_id text not null references generation (id),
    effective integer not null,
    decided_at integer not null,
    revoked_at integer,
    primary key (center_id, position)
) strict;
