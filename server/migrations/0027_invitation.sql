-- How people come to work here, and stop.

-- How many active conversations somebody is given by themselves; null: as many as come.
alter table agent add column capacity bigint;

-- Somebody who is to work here. The row goes when the invitation is accepted or taken back; one that has expired stays,
-- so that whoever looks at the list can make another link. The link holds a random token, this its SHA-256.
create table invitation (
    invitation_id text primary key,
    email text not null unique,
    role_ids text not null, -- JSON lists
    group_ids text not null,
    agent_id text not null references agent (agent_id), -- who invited
    token_hash text not null unique,
    expires_at bigint not null
);

-- A way in for somebody who has forgotten their password: one at a time, gone when it is used.
create table password_link (
    agent_id text primary key references agent (agent_id),
    by_id text not null references agent (agent_id), -- who made it: it is good as long as they may
    token_hash text not null unique,
    expires_at bigint not null
);

-- What waits for somebody, looked for when they are disabled.
create index conversation_transfer_from on conversation (transfer_from) where transfer_from is not null;
create index contact_pinned on contact (pinned_to) where pinned_to is not null;
create index scheduled_agent on scheduled (agent_id);
