-- Conversations in which a file was sent are found by it; most messages have none.
create index message_file on message (conversation_id) where file is not null;
