-- What time does by itself: what wakes, and which requests lapse.
create index conversation_wakes on conversation (wake_at) where wake_at is not null;
create index conversation_transfer_lapses on conversation (transfer_expires) where transfer_expires is not null;

-- What somebody does not want to be told, as a JSON list of topics.
alter table agent add column muted text not null default '[]';
