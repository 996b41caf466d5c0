-- A file that goes along with a quick reply: it stays, and whoever uses the reply sends a copy.
alter table file add column quick_reply_id text references quick_reply (quick_reply_id);

drop index file_unsent;
create index file_unsent on file (created_at) where message_id is null and quick_reply_id is null;
