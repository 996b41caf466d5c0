-- What browsers that are connected, or were away, are told of.

-- Which log `seq` counts in. A browser's cursor names it, so that one from another database is noticed. Filled in
-- at the start of the server where it is empty: whoever restores a backup empties it, because the log goes on
-- otherwise than browsers have seen it go on.
alter table workspace add column log_id text not null default '';

-- Rises when a session ends before its time: servers with open sockets then look whose it was.
alter table workspace add column session_version bigint not null default 0;

-- JSON of domain::sight::Reach, where the entry changed it: who could see the conversation before. A browser that
-- comes back is told of what its agent does not see any more.
alter table event add column reach_before text;

-- Counters tell unread conversations apart, and remember the entry that moved them last: a server keeps the
-- cells in memory and reads those that moved. Up to which conversation's number the server has counted anew; null when
-- it has counted all.
alter table workspace add column counted_to bigint default 0;
drop table counter;
create table counter (
    view text not null,
    group_id text not null, -- '' stands for "none" in the key, because a null is equal to nothing
    assignee_id text not null,
    free boolean not null,
    unread boolean not null,
    tie_agent_id text not null,
    tie_strong boolean not null,
    n bigint not null, -- rows stay when they reach zero
    seq bigint not null,
    primary key (tie_agent_id, view, group_id, assignee_id, free, unread, tie_strong)
);

create index counter_seq on counter (seq);
