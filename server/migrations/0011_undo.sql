-- The last order about a conversation that can be taken back, and how it stood before: read when somebody undoes it, and
-- by nobody after half a minute.
create table last_order (
    conversation_id text primary key references conversation (conversation_id),
    last text not null -- JSON of domain::conversation::Last
);
