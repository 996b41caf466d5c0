-- What whispers and notes said before their authors changed or deleted them. The words as they are stand in message.
create table message_version (
    message_id text not null references message (message_id),
    n bigint not null, -- counts up from 1
    text text not null,
    file text, -- what is known of a file that went with them, as JSON
    until bigint not null, -- epoch milliseconds: when they were changed
    primary key (message_id, n)
);
