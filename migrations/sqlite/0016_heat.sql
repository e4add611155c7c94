-- Figures by hexagon of H3 and month, 49 hexagons packed into a row: a block is the hexagon two resolutions up.
create table heat (
    center_id text not null,
    resolution integer not null,
    category text not null,
    office_id text not null,
    block integer not null,
    month integer not null,
    cells blob not null,
    hours blob not null,
    primary key (center_id, resolution, category, office_id, block, month)
) strict;

-- One row while tickets from before these tables are still to be counted; after: the last one that is.
create table tally_fill (
    id integer primary key check (id = 1),
    after blob
) strict;
insert into tally_fill (id, after) values (1, null);
