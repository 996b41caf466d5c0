-- Texts that are not sent yet, so that another browser of the same agent goes on with them.
create table draft (
    agent_id text not null references agent (agent_id),
    conversation_id text not null references conversation (conversation_id),
    kind text not null, -- what it is to become: reply, whisper
    text text not null, -- empty where it was sent or taken out again
    at bigint not null,
    primary key (agent_id, conversation_id, kind)
);
