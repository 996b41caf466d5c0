-- E-mail that people have sent to somebody outside, one row for each address: each is delivered, fails and is sent again by
-- itself.
create table mail (
    mail_id text not null,
    recipient text not null,
    conversation_id text not null references conversation (conversation_id),
    recipients text not null, -- all of them, as JSON: who gets it sees who else does
    subject text not null,
    messages text not null, -- ids in their order, as JSON: what they say is read when it is sent
    state text not null, -- queued, sending, delivered, failed or uncertain
    attempt bigint not null, -- counts up: what becomes of an older one is not believed
    tried bigint not null, -- attempts since a person ordered it
    due_at bigint not null, -- epoch milliseconds: when it is sent; while it is being sent, when nobody waits for the answer
    primary key (mail_id, recipient)
);

-- Read every second for what is due.
create index mail_due on mail (due_at) where state in ('queued', 'sending');
