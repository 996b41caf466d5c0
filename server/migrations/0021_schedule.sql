-- Replies that wait for their time. They are no messages yet: nothing that reads messages, for customers or for the team,
-- can find one by mistake.
create table scheduled (
    message_id text primary key, -- of the message that it becomes
    conversation_id text not null references conversation (conversation_id),
    agent_id text not null references agent (agent_id), -- in whose name and with whose rights it goes out
    at bigint not null, -- epoch milliseconds
    seen_id text, -- the newest public message that its author had seen
    text text not null,
    -- When it could not be sent any more. It stays until its author takes it back: nothing else has its words. Null while
    -- it waits.
    returned_at bigint
);

-- Read every few seconds for what is due.
create index scheduled_due on scheduled (at) where returned_at is null;
-- And with each conversation that is opened.
create index scheduled_in on scheduled (conversation_id);
