-- Communes whose invalid polygons were left out of a map, their codes with spaces between.
alter table generation add column left_out text not null default '';
