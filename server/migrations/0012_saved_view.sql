-- Filters under a name. They are part of the office: few, and read whole.
create table saved_view (
    saved_view_id text primary key,
    agent_id text not null references agent (agent_id), -- who saved it
    saved text not null -- JSON of domain::settings::saved_view::SavedView
);
