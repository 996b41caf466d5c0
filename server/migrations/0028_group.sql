-- A group that was deleted stays the group of what was its own, and of nothing new: conversations name it for ever.
alter table team_group add column retired boolean not null default false;
