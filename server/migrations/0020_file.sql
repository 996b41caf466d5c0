-- Files that were sent. Their bytes lie outside the database, under a name that is made of their digest.
create table file (
    file_id text primary key, -- made by whoever sends it
    -- Who sent it, and so may put it on a message: `agent ID`, or `visitor` and the digest of their token. Nobody else may
    -- claim it by its id.
    owner text not null,
    name text not null,
    media text not null, -- what its bytes say, a key of `domain::file::Media`
    size_bytes bigint not null,
    width bigint, -- of a picture, in pixels
    height bigint,
    place text not null, -- where its bytes lie: FOLDER/SHA-256-SOMETHING; what must be in it stands in its name
    -- The message that it came with: who may read that may have the file. Null while it is not sent; after a day it goes.
    message_id text,
    created_at bigint not null
);

-- Read by the sweep for what was uploaded and never sent.
create index file_unsent on file (created_at) where message_id is null;

-- What is known of the file that came with a message, as JSON: every place that reads a message needs it.
alter table message add column file text;
