-- Until when an office's pushing channels are approved; '' is the centre itself.
create table approval (
    center_id text collate "C" not null,
    office_id text collate "C" not null,
    until bigint not null,
    at bigint not null,
    primary key (center_id, office_id)
);

-- What people of an office ('' is the centre) have to be told about its running: each once, however many instances.
create table notice (
    id uuid primary key,
    center_id text collate "C" not null,
    office_id text collate "C" not null,
    kind text collate "C" not null,
    about text collate "C" not null,
    at bigint not null,
    body text not null,
    told bigint not null,
    unique (center_id, office_id, kind, about)
);
create index notice_untold on notice (center_id, at, id) where told = 0;
