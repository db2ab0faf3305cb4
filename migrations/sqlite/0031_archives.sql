-- Closed operations leave the database once they are in an archive, a file whose content was verified; the totals stay.

CREATE TABLE archives (
    id            INTEGER PRIMARY KEY,
    -- It contains operations that were closed before this time, a midnight in UTC, with what belongs to them; and events and
    -- messages from before it that belong to no operation.
    closed_before INTEGER NOT NULL CHECK (closed_before % 86400000 = 0),
    -- Of the file, as it was read back from the disk.
    sha256        BLOB NOT NULL CHECK (length(sha256) = 32),
    -- When the removal of its operations began; nothing was removed before.
    begun_at      INTEGER NOT NULL CHECK (begun_at >= closed_before),
    -- When it ended, or the next archive began. NULL: rows may be removed.
    finished_at   INTEGER,
    -- How many operations were removed, and how many transfers with them.
    operations    INTEGER NOT NULL DEFAULT 0 CHECK (operations >= 0),
    transfers     INTEGER NOT NULL DEFAULT 0 CHECK (transfers >= 0),
    -- Kopecks of these transfers, of each kind: see ledger.kind. With those of the ledger they are the totals.
    reserved      INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    posted        INTEGER NOT NULL DEFAULT 0 CHECK (posted >= 0),
    voided        INTEGER NOT NULL DEFAULT 0 CHECK (voided >= 0),
    reversed      INTEGER NOT NULL DEFAULT 0 CHECK (reversed >= 0),
    -- An operation that is removed has its reserve posted or voided, and what was reversed was posted.
    CHECK (reserved = posted + voided AND reversed <= posted)
) STRICT;

-- Only what the last archive contains may be removed.
CREATE UNIQUE INDEX archives_unfinished ON archives (finished_at IS NULL) WHERE finished_at IS NULL;

-- Rule 6: transfers are removed only with their archived operation, and only when they are in the totals. The newest one stays: the
-- next one gets a higher id.
DROP TRIGGER ledger_is_not_deleted;

CREATE TRIGGER ledger_is_not_deleted BEFORE DELETE ON ledger
BEGIN
    SELECT RAISE(ABORT, 'ledger: append-only')
    WHERE OLD.id > (SELECT folded_to FROM ledger_totals)
       OR OLD.id = (SELECT max(id) FROM ledger)
       OR NOT EXISTS (SELECT 1 FROM operations AS o JOIN archives AS a ON o.closed_at < a.closed_before
                      WHERE o.id = OLD.operation_id AND a.finished_at IS NULL);
END;

-- Operations, too. The newest one stays: no id is issued twice.
CREATE TRIGGER operations_are_not_deleted BEFORE DELETE ON operations
BEGIN
    SELECT RAISE(ABORT, 'operations: it is not in an archive')
    WHERE OLD.id = (SELECT max(id) FROM operations)
       OR NOT EXISTS (SELECT 1 FROM archives AS a WHERE OLD.closed_at < a.closed_before AND a.finished_at IS NULL);
END;

-- What bought numbers earned by operations that were removed: their margin is computed from it.
CREATE TABLE archived_income (
    -- The purchase of the number.
    order_line_id INTEGER NOT NULL REFERENCES order_lines (id),
    -- The day on which it was booked: its midnight in UTC.
    day           INTEGER NOT NULL CHECK (day % 86400000 = 0),
    -- Refunds are subtracted.
    kopecks       INTEGER NOT NULL,
    PRIMARY KEY (order_line_id, day)
) STRICT, WITHOUT ROWID;

CREATE INDEX archived_income_by_day ON archived_income (day);

-- Whether rows refer to an operation that is removed: without these, each removal would read both tables.
CREATE INDEX deliveries_by_operation ON deliveries (operation_id);
DROP INDEX concatenated_messages_by_operation;
CREATE INDEX concatenated_messages_by_operation ON concatenated_messages (operation_id, closed_at)
    WHERE operation_id IS NOT NULL;
