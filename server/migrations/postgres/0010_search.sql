-- What searches read. All of it is made of the rest: between the engines it is not copied but
-- made again.

-- The words of clients' names, each as domain::search::Words has it. A word is found by its beginning, so the key is
-- sorted by bytes.
create table search_name (
    word text collate "C" not null,
    contact_id text not null references contact (contact_id),
    primary key (word, contact_id)
);

create index search_name_contact on search_name (contact_id);

-- The words of messages; seq is the entry of the log that brought one. They come cut to size, and no dictionary changes
-- them.
create table search_message (
    seq bigint primary key,
    words tsvector not null
);

create index search_message_words on search_message using gin (words);

-- How far it is made: up to which entry of the log, and up to which contact while those are looked through the first
-- time; null when all were.
create table search_state (
    indexed_to bigint not null,
    names_to text
);

insert into search_state (indexed_to, names_to) values (0, '');

-- Notes about clients are few among messages, and read whenever one of a client's conversations is opened.
create index message_client_note on message (conversation_id) where kind = 'client_note';
