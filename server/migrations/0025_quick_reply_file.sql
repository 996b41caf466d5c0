-- A file that goes along with a quick reply: it stays, and whoever uses the reply sends a copy.
alter table file add column quick_reply_id text references quick_reply (quick_reply_id);

drop index file_unsent;
create index file_unsent on file (created_at) where message_id is null and quick_reply_id is null;
create index file_of_quick_reply on file (quick_reply_id) where quick_reply_id is not null;

-- Files of one that was deleted stay as long as it can be brought back.
alter table quick_reply add column deleted_at bigint;
