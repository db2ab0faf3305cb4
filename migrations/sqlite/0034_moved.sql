-- Set when everything was copied to another database, or while this one is such a copy: `leaseline move`. At most one row.
CREATE TABLE moved (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    moved_at INTEGER NOT NULL,
    -- The kind of the database that is served instead; here: this one is a copy, and the other one is not marked for certain.
    moved_to TEXT NOT NULL CHECK (moved_to IN ('sqlite', 'postgres', 'here'))
) STRICT;
