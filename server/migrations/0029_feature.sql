-- What is switched on: JSON list of keys of domain::settings::general::Feature.
alter table workspace add column features text not null default '[]';
