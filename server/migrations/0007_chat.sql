-- The chat on websites, and whoever writes there.

-- What a message does where everything before it is finished: null opens it again whenever it comes, 0 never, any other
-- number for so many milliseconds after it was finished.
alter table channel add column reopen_within_ms bigint;

-- The widget of a channel of kind chat.
create table widget (
    channel_id text primary key references channel (channel_id),
    widget_key text not null unique, -- names the widget in pages; everybody can read it there
    greeting text not null,
    sites text not null, -- JSON list of domain::settings::widget::Site: where it may appear; empty is everywhere
    form text not null -- what is asked before the first message
);

-- Visitors' tokens are random bytes and their MAC under this key, so that nobody makes one up. Filled in at the start of
-- the server where it is empty. Whoever empties it lets all visitors begin anew.
alter table workspace add column visitor_secret text not null default '';

-- Which contact a token speaks for. It is written with the first message: who only looks leaves no row.
create table visitor (
    token_hash text primary key, -- SHA-256: a stolen copy of this table speaks for nobody
    channel_id text not null references channel (channel_id),
    contact_id text not null references contact (contact_id),
    created_at bigint not null
);

-- What a customer has not seen yet is counted with every look at their conversations: few of many messages.
create index message_unseen on message (conversation_id) where delivery is not null and delivery <> 'read';

-- Where set-up stands. A workspace is set up when this is filled; the tokens that open its pages are in setup_token
-- as long as nobody owns it.
alter table workspace add column set_up_at bigint default 0;

create table setup_token (
    token_hash text primary key, -- SHA-256 of what the log of the server shows
    created_at bigint not null
);

-- The photo that customers and colleagues see: the name of a row in photo.
alter table agent add column photo text;
