-- A token is replaced while its session lives: one that was copied is good for a day, not for three months.
-- The former token stays good for a moment, because requests with it are under way when it is replaced.
alter table session add column former_hash text;
alter table session add column rotated_at bigint not null default 0;

create index session_former on session (former_hash) where former_hash is not null;
