-- What proves afterwards who did what: see ARCHITECTURE.md, "A record of everything".

-- Each entry of the log carries a seal: SHA-256, in hex, over the seal before it and all that the entry says. Who changes,
-- takes away or moves one would have to write all that follow anew. Empty: written before there were seals; the
-- server seals those before it serves anybody.
alter table event add column seal text not null default '';

-- Random, beside an entry that names an address: its seal is over a hash that includes this, so that with the address
-- and the salt erased nobody can find out by trying which address it was.
alter table event add column salt text;

-- What people set, in the words of that moment: JSON of domain::audit::Deed. Never changed, never deleted.
create table audit (
    n bigint primary key check (n > 0), -- by one, without gaps
    at bigint not null,
    by_kind text not null,
    by_id text,
    subject text not null, -- of the deed, to look for
    deed text not null,
    salt text, -- beside a deed that names an address of somebody outside, as in the log
    seal text not null -- as in the log, in a chain of its own
);

-- Looked through by who and by what, from its end.
create index audit_by on audit (by_id, n);
create index audit_subject on audit (subject, n);

-- Looked through by who, from its end; what the house itself did is not asked for so.
create index event_by on event (by_id, seq) where by_kind = 'agent';

-- How many records there are: at its end nothing may be missing either. Up to which entry old ones were sealed; null when
-- all are.
alter table workspace add column audited bigint not null default 0;
alter table workspace add column sealed_to bigint default 0;
