-- A map of a year reads some megabytes of packed blocks: they are compact as they are, and decompressing would cost more
-- than reading them. Holds for what is written from now on.
alter table heat alter column cells set storage external, alter column hours set storage external;
