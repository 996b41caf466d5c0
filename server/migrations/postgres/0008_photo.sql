-- Photos, named by what is in them, so that browsers keep one for ever. Bytes are the one type that the engines spell
-- differently.
create table photo (
    photo_id text primary key, -- SHA-256 of the bytes
    media_type text not null,
    bytes bytea not null
);
