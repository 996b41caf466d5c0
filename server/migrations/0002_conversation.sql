-- Contacts, conversations and their words.

create table contact (
    contact_id text primary key,
    display_name text not null,
    original_name text not null, -- as the channel gave it; never overwritten
    email text,
    phone text,
    language text,
    vip boolean not null,
    lead boolean not null,
    pinned_to text references agent (agent_id),
    blocked_at bigint -- on the black list since; null for almost everybody
);

create index contact_blocked on contact (blocked_at) where blocked_at is not null;

-- The state of a conversation, a column for each field of domain::conversation::Conversation. It holds no
-- message text. Status is spread over four columns because lists ask for its parts: `active` is what
-- Open and Pending have in common, `status` the word, the rest is empty for most.
create table conversation (
    conversation_id text primary key,
    number bigint not null unique,
    contact_id text not null references contact (contact_id),
    channel_id text not null references channel (channel_id),
    subject text not null,
    status text not null, -- open, pending, resolved, closed, archived
    active boolean not null,
    status_note_id text, -- why it is pending, or the resolution summary
    wake_at bigint,
    archived_was text,
    tags text not null, -- JSON list of ids; conversation_tag says the same for searching
    priority bigint not null, -- 0 urgent to 3 low, so that it sorts
    priority_note_id text,
    previous_id text,
    merged_into_id text references conversation (conversation_id),
    version bigint not null,
    assignee_id text references agent (agent_id),
    assigned_at bigint,
    group_id text references team_group (group_id),
    group_explicit boolean not null,
    ai text not null,
    ai_epoch bigint not null,
    waiting_since bigint,
    follow_ups bigint not null,
    unread_since bigint,
    first_reply_at bigint,
    last_reply_at bigint,
    unassigned_at bigint, -- not null exactly while it is in the Unassigned view
    returned_by text,
    closed_at bigint,
    closed_by text,
    participants text not null, -- JSON list of ids; conversation_part says the same for searching
    mentioned text not null,
    transfer_to text,
    transfer_from text,
    transfer_note_id text,
    transfer_expires bigint,
    first_response_due bigint,
    next_response_due bigint,
    resolution_due bigint,
    deadline bigint, -- the nearest of the three
    created_at bigint not null,
    last_message_at bigint not null, -- of the last public message, or created_at
    last_public_id text,
    last_public_from text,
    last_public_at bigint,
    last_private_id text -- the newest whisper or note while it is newer than the last public message; for previews
);

-- Each list reads one of these from its end: a page costs the same however many conversations there are.
create index conversation_queue on conversation (priority, unassigned_at, number) where unassigned_at is not null;
create index conversation_waiting on conversation (coalesce(waiting_since, last_message_at), number) where active;
create index conversation_assignee on conversation (assignee_id, last_message_at desc, number desc) where active;
create index conversation_active on conversation (last_message_at desc, number desc) where active;
create index conversation_newest on conversation (last_message_at desc, number desc);
create index conversation_closed on conversation (coalesce(closed_at, last_message_at) desc, number desc) where not active;
create index conversation_closed_by on conversation (closed_by, closed_at desc, number desc) where closed_by is not null;
create index conversation_transfer on conversation (transfer_to, transfer_expires, number) where transfer_to is not null;
create index conversation_deadline on conversation (deadline, number) where deadline is not null;
create index conversation_contact on conversation (contact_id, last_message_at desc, number desc);

create table conversation_tag (
    conversation_id text not null references conversation (conversation_id),
    tag_id text not null references tag (tag_id),
    primary key (conversation_id, tag_id)
);

-- Who takes part, and who was mentioned: asked for every conversation that is not plainly in sight.
create table conversation_part (
    conversation_id text not null references conversation (conversation_id),
    agent_id text not null references agent (agent_id),
    takes_part boolean not null,
    mentioned boolean not null,
    primary key (conversation_id, agent_id)
);

create index conversation_part_agent on conversation_part (agent_id, conversation_id);

-- Words. The id is made by the author, so that sending twice is one message. Never updated but for `delivery`.
create table message (
    message_id text primary key,
    conversation_id text not null references conversation (conversation_id),
    kind text not null, -- customer, reply, ai: public; whisper, note: never leave the house
    by_kind text not null, -- agent, visitor, ai, rule, system
    by_id text,
    at bigint not null,
    text text not null,
    delivery text -- how far one of ours got; null for the others'
);

create index message_conversation on message (conversation_id, at);
