-- Merge and split: where words are shown. message.conversation_id says so; most stay where they were written, and for those
-- the rest is null.
alter table message add column home_id text; -- whose they are: there they go when a merge is taken back
alter table message add column written_in_id text; -- the conversation whose log holds them
alter table message add column seq bigint; -- and where

-- Words that are shown in a conversation and stand in the log of another.
create index message_moved on message (conversation_id, seq) where seq is not null and written_in_id <> conversation_id;

-- What was merged into one.
create index conversation_merged on conversation (merged_into_id) where merged_into_id is not null;
