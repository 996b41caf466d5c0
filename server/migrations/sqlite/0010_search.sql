-- What searches read. All of it is made of the rest: between the engines it is not copied but
-- made again.

-- The words of clients' names, each as domain::search::Words has it. A word is found by its beginning, so the key is
-- sorted by bytes.
create table search_name (
    word text not null,
    contact_id text not null references contact (contact_id),
    primary key (word, contact_id)
);

create index search_name_contact on search_name (contact_id);

-- The words of messages; the rowid is the entry of the log that brought one. Words come cut to size and joined by spaces,
-- and 'ascii' leaves them as they are. Nothing but the words is kept, and of them only which message they are in. Most
-- searches begin with three letters that few words share.
create virtual table search_message using fts5 (
    words, content = '', contentless_delete = 1, detail = 'none', prefix = '3', tokenize = 'ascii'
);

-- How far it is made: up to which entry of the log, and up to which contact while those are looked through the first
-- time; null when all were.
create table search_state (
    indexed_to bigint not null,
    names_to text
);

insert into search_state (indexed_to, names_to) values (0, '');

-- Notes about clients are few among messages, and read whenever one of a client's conversations is opened.
create index message_client_note on message (conversation_id) where kind = 'client_note';
