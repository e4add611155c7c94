-- A key is claimed before its report is written. SQLite then looks for the keys of each report that is inserted: without
-- this it reads the whole table every time.
create index idempotency_of_report on idempotency (report_id);
