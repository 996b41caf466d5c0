-- Tags on messages; conversation_tag says of each conversation those of its messages, too.
alter table conversation add column message_tags text; -- JSON, lists of tags by message; null where there are none
