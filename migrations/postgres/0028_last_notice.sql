-- An office hears of what climbs once an hour: when it last heard is asked at each look, and not answered by reading all it ever heard.
create index notice_last on notice (center_id, office_id, kind, at);
