-- Figures by hexagon of H3 and month, 49 hexagons packed into a row: a block is the hexagon two resolutions up.
create table heat (
    center_id text collate "C" not null,
    resolution bigint not null,
    category text collate "C" not null,
    office_id text collate "C" not null,
    block bigint not null,
    month bigint not null,
    cells bytea not null,
    hours bytea not null,
    primary key (center_id, resolution, category, office_id, block, month)
);

-- One row while tickets from before these tables are still to be counted; after: the last one that is.
create table tally_fill (
    id bigint primary key check (id = 1),
    after uuid
);
insert into tally_fill (id, after) values (1, null);
