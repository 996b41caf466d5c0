-- Quick replies and note templates: read whole, by each for those that they have.
create table quick_reply (
    quick_reply_id text primary key,
    agent_id text not null references agent (agent_id), -- who added it
    template text not null, -- JSON of domain::settings::quick_reply::QuickReply
    uses bigint not null default 0,
    deleted boolean not null default false -- taken away, and brought back as it was where somebody undoes that
);

alter table workspace add column templates_version bigint not null default 0; -- rises when one of them changes
