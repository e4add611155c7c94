-- SQLite keeps bytes as they are given: nothing to change.
select 1;
