-- Who did what to what, other than the openings and messages that their own rows record.
CREATE TABLE audit (
    id           INTEGER PRIMARY KEY,
    at           INTEGER NOT NULL,
    -- onlinesim, watchdog, server or admin.
    actor        TEXT NOT NULL,
    -- What happened, in a word or two: closed, corrected, banned, ...
    action       TEXT NOT NULL,
    operation_id INTEGER REFERENCES operations (id),
    number       TEXT,
    -- The rest, for people; never a secret or a text of an SMS (rule 11).
    detail       TEXT
) STRICT;

CREATE INDEX audit_by_operation ON audit (operation_id, id) WHERE operation_id IS NOT NULL;
CREATE INDEX audit_by_number ON audit (number, id) WHERE number IS NOT NULL;

-- One row that readiness writes to, to know that the database can be written.
CREATE TABLE probe (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    written_at INTEGER NOT NULL
) STRICT;
INSERT INTO probe (id, written_at) VALUES (1, 0);
