-- What happened, in the order in which it was committed.

-- seq rises by one with every entry, without gaps and in commit order: it is drawn from workspace.seq
-- near the end of each transaction. A browser that was away asks for what came after the last it has.
-- The event holds ids, never words, so that words can be erased while the log stays whole.
create table event (
    seq bigint primary key,
    conversation_id text not null references conversation (conversation_id),
    at bigint not null,
    by_kind text not null,
    by_id text,
    event text not null, -- JSON of domain::conversation::Event
    message_id text, -- the words it is about
    command_id text -- the order that caused it
);

-- A thread is read from its end, a page at a time.
create index event_conversation on event (conversation_id, seq);

-- Orders that were done. The same id again gets the same receipt; with another body it is refused.
create table command (
    command_id text primary key,
    agent_id text not null,
    digest text not null, -- SHA-256 of what was ordered
    receipt text not null, -- JSON
    at bigint not null
);

-- What has to leave the house, written in the transaction that caused it and removed when the other side
-- took it. Web chat needs no row: its visitors read the log.
create table outbox (
    outbox_id text primary key, -- the message's id: once per message
    channel_id text not null,
    conversation_id text not null,
    created_at bigint not null
);

create index outbox_age on outbox (created_at);

-- How many conversations lie in each cell of domain::counter. '' stands for "none" in the key, because a
-- null is equal to nothing. Rows stay when they reach zero.
create table counter (
    view text not null,
    group_id text not null,
    assignee_id text not null,
    free boolean not null,
    tie_agent_id text not null,
    tie_strong boolean not null,
    n bigint not null,
    primary key (tie_agent_id, view, group_id, assignee_id, free, tie_strong)
);
