-- The office: what every rule may look at. It is small, so it is read whole and kept in memory; whoever
-- changes any of it raises workspace.office_version in the same transaction, and the copy is read again.
-- Ids are UUIDs written as text, times are epoch milliseconds, sets that nobody searches are JSON.

create table workspace (
    workspace_id text primary key, -- 'main': one workspace lives here
    name text not null,
    ai_name text not null, -- what customers read above the AI agent's answers
    office_version bigint not null,
    seq bigint not null, -- the last entry of the log; see 0003
    next_number bigint not null -- the number that the next conversation gets
);

create table role (
    role_id text primary key,
    name text not null unique,
    permissions text not null, -- JSON list of keys such as "assign_others"
    super_admin boolean not null
);

create table agent (
    agent_id text primary key,
    email text not null unique, -- in lower case: the name to sign in with
    display_name text not null,
    password_hash text, -- Argon2 in PHC form; null until an invitation is accepted
    skills text not null, -- JSON list of words
    availability text not null,
    enabled boolean not null,
    enter_sends boolean not null
);

create table agent_role (
    agent_id text not null references agent (agent_id),
    role_id text not null references role (role_id),
    primary key (agent_id, role_id)
);

-- `group` is a word of SQL.
create table team_group (
    group_id text primary key,
    name text not null unique
);

create table agent_group (
    agent_id text not null references agent (agent_id),
    group_id text not null references team_group (group_id),
    primary key (agent_id, group_id)
);

create table channel (
    channel_id text primary key,
    kind text not null,
    name text not null unique,
    default_group_id text references team_group (group_id)
);

-- Tags are never renamed or deleted: what was said with them stays said. A retired one leaves the pickers.
create table tag (
    tag_id text primary key,
    name text not null unique,
    retired boolean not null
);
