-- A list that is narrowed to few of many conversations is read in its order: what it is narrowed by stands in the index,
-- so that those that do not fit are passed by without being looked up.
drop index conversation_newest;
create index conversation_newest on conversation (last_message_at desc, number desc, priority, group_id, channel_id);
drop index conversation_active;
create index conversation_active on conversation (last_message_at desc, number desc, priority, group_id, channel_id)
    where active;
