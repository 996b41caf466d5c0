-- The last order about a conversation that can be taken back, and how it stood before: read when somebody undoes it. Old
-- ones stay until the next order; nobody reads them.
create table last_order (
    conversation_id text primary key references conversation (conversation_id),
    last text not null -- JSON of domain::conversation::Last
);
