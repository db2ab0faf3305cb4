-- What may have happened between a backup and the restore of it.

CREATE TABLE restores (
    id              INTEGER PRIMARY KEY,
    restored_at     INTEGER NOT NULL,
    -- Ids of operations that may have been issued meanwhile: none of them is issued again.
    first_id        INTEGER NOT NULL CHECK (first_id >= 1),
    last_id         INTEGER NOT NULL CHECK (last_id >= first_id AND last_id < 9007199254740992),
    -- Messages get higher ids than this one.
    last_message_id INTEGER NOT NULL CHECK (last_message_id BETWEEN 0 AND 9007199254740991),
    -- Until when the numbers rest; NULL: they do not.
    rests_until     INTEGER CHECK (rests_until > restored_at)
) STRICT;

-- Operations of which only FINISH_ACTIVATION is known: they were opened after the backup that was restored.
CREATE TABLE lost_operations (
    -- In the order of the first reports; bounds the table.
    position     INTEGER PRIMARY KEY CHECK (position BETWEEN 1 AND 100000),
    operation_id INTEGER NOT NULL UNIQUE,
    -- What Onlinesim reported.
    outcome      TEXT NOT NULL CHECK (outcome IN ('sold', 'cancelled', 'refunded', 'not_ordered')),
    -- The total that it reported; it is not in the ledger.
    kopecks      INTEGER CHECK (kopecks IS NULL OR (kopecks >= 0 AND outcome IN ('sold', 'refunded'))),
    -- When that was reported.
    reported_at  INTEGER NOT NULL,
    CHECK (outcome <> 'sold' OR kopecks IS NOT NULL)
) STRICT;

CREATE TRIGGER lost_operations_are_unknown BEFORE INSERT ON lost_operations
BEGIN
    SELECT RAISE(ABORT, 'lost_operations: the id was not lost by a restore')
    WHERE NOT EXISTS (SELECT 1 FROM restores AS r WHERE NEW.operation_id BETWEEN r.first_id AND r.last_id)
       OR EXISTS (SELECT 1 FROM operations AS o WHERE o.id = NEW.operation_id);
END;

-- An id that may have been issued before the restore is not issued again.
CREATE TRIGGER operations_get_ids_that_were_not_lost BEFORE INSERT ON operations
BEGIN
    SELECT RAISE(ABORT, 'operations: the id may have been issued before a restore')
    WHERE EXISTS (SELECT 1 FROM restores AS r WHERE NEW.id BETWEEN r.first_id AND r.last_id);
END;
