-- What a team has sent with its key, newest first.
create index report_of_sender on report (center_id, sender_key, received_at) where sender_key is not null;
