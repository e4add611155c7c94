-- A map of a year reads some megabytes of packed blocks, which are compact as they are: decompressing them once more would
-- cost more than reading them. SQLite keeps bytes as they are given.
alter table heat alter column cells set storage external, alter column hours set storage external;
