-- Until when an office's pushing channels are approved; '' is the centre itself.
create table approval (
    center_id text not null,
    office_id text not null,
    until integer not null,
    at integer not null,
    primary key (center_id, office_id)
) strict;

-- What people of an office ('' is the centre) have to be told about its running: each once, however many instances.
create table notice (
    id blob primary key not null,
    center_id text not null,
    office_id text not null,
    kind text not null,
    about text not null,
    at integer not null,
    body text not null,
    told integer not null,
    unique (center_id, office_id, kind, about)
) strict;
create index notice_untold on notice (center_id, at, id) where told = 0;
