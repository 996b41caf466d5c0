-- Where people are signed in. The browser holds 32 random bytes; here is only their SHA-256, so that a
-- stolen copy of this table signs nobody in.
create table session (
    session_id text primary key, -- to name it in a list; not secret
    token_hash text not null unique,
    agent_id text not null references agent (agent_id),
    device text not null, -- the browser, as it calls itself, cut short
    created_at bigint not null,
    seen_at bigint not null, -- to the minute: one write a minute and not one a request
    idle_ms bigint not null, -- how long it may rest: longer where "Keep me signed in" was ticked
    expires_at bigint not null -- whatever happens
);

create index session_agent on session (agent_id);
