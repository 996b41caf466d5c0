-- When the last backup was begun that was finished; null: none was. A backup holds when the one before it was.
alter table workspace add column backed_up_at bigint;
