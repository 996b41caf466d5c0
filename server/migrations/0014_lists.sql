-- Lists that had no index of their own.
create index conversation_archived on conversation (coalesce(closed_at, last_message_at) desc, number desc)
    where status = 'archived';
create index conversation_part_mentioned on conversation_part (agent_id, conversation_id) where mentioned;

-- As the list asks for its order.
drop index conversation_closed_by;
create index conversation_closed_by on conversation (closed_by, coalesce(closed_at, last_message_at) desc, number desc)
    where closed_by is not null;
