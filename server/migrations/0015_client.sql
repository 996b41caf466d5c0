-- Contacts that the team has merged: one client who writes from several addresses.
alter table contact add column client_id text; -- the same in all of them; null where a contact is by itself
alter table contact add column own text; -- what it is by itself, as JSON: the other columns hold what it is with the others

create index contact_client on contact (client_id) where client_id is not null;
