-- Operations and the ledger.

-- One rental of one number. The row is the record of its opening; what came after stands in `audit` and `messages`.
CREATE TABLE operations (
    -- activationId on Onlinesim's wire.
    id            INTEGER PRIMARY KEY CHECK (id >= 1),
    number        TEXT NOT NULL REFERENCES numbers (number),
    -- Price of the first period, kopecks.
    sum_kopecks   INTEGER NOT NULL CHECK (sum_kopecks >= 0),
    opened_at     INTEGER NOT NULL,
    -- Messages that count as an SMS: all but those refused as BAD_SERVICE. 0: waiting; more: receiving.
    sms_count     INTEGER NOT NULL DEFAULT 0 CHECK (sms_count >= 0),
    closed_at     INTEGER,
    outcome       TEXT CHECK (outcome IN
                  ('sold', 'cancelled', 'refunded', 'not_ordered', 'no_sms', 'undelivered', 'forced')),
    -- How often Onlinesim's word and our books differed.
    discrepancies INTEGER NOT NULL DEFAULT 0 CHECK (discrepancies >= 0),
    CHECK ((closed_at IS NULL) = (outcome IS NULL))
) STRICT;

-- Rule 1: a number has at most one open operation. Rule 8 asks it for the operation of a message.
CREATE UNIQUE INDEX operations_open ON operations (number) WHERE closed_at IS NULL;

-- The watchdog asks for the oldest that still wait.
CREATE INDEX operations_waiting ON operations (opened_at) WHERE closed_at IS NULL AND sms_count = 0;

-- The admin asks for the past of a number.
CREATE INDEX operations_closed ON operations (number, id) WHERE closed_at IS NOT NULL;

CREATE INDEX operations_discrepant ON operations (id) WHERE discrepancies > 0;

-- Append-only transfers (rule 6): reserved = posted + voided + still open.
CREATE TABLE ledger (
    id           INTEGER PRIMARY KEY,
    operation_id INTEGER NOT NULL REFERENCES operations (id),
    kind         TEXT NOT NULL CHECK (kind IN ('reserve', 'post', 'void', 'reverse')),
    kopecks      INTEGER NOT NULL CHECK (kopecks >= 0),
    booked_at    INTEGER NOT NULL
) STRICT;

-- Rule 6: an operation is credited at most once and reversed at most once.
CREATE UNIQUE INDEX ledger_posted_once ON ledger (operation_id) WHERE kind = 'post';
CREATE UNIQUE INDEX ledger_reversed_once ON ledger (operation_id) WHERE kind = 'reverse';

CREATE TRIGGER ledger_reverses_what_was_posted BEFORE INSERT ON ledger WHEN NEW.kind = 'reverse'
BEGIN
    SELECT RAISE(ABORT, 'ledger: a refund reverses exactly what was posted')
    WHERE NOT EXISTS (SELECT 1 FROM ledger AS posted
                      WHERE posted.operation_id = NEW.operation_id AND posted.kind = 'post'
                        AND posted.kopecks = NEW.kopecks);
END;

CREATE TRIGGER ledger_is_not_changed BEFORE UPDATE ON ledger
BEGIN SELECT RAISE(ABORT, 'ledger: append-only'); END;

CREATE TRIGGER ledger_is_not_deleted BEFORE DELETE ON ledger
BEGIN SELECT RAISE(ABORT, 'ledger: append-only'); END;

-- REPLACE deletes without asking the trigger above: a line that another one stands in the way of is refused before.
CREATE TRIGGER ledger_is_not_replaced BEFORE INSERT ON ledger
BEGIN
    SELECT RAISE(ABORT, 'ledger: append-only')
    WHERE EXISTS (SELECT 1 FROM ledger AS other WHERE other.id = NEW.id)
       OR (NEW.kind IN ('post', 'reverse')
           AND EXISTS (SELECT 1 FROM ledger AS other
                       WHERE other.operation_id = NEW.operation_id AND other.kind = NEW.kind));
END;

-- Rule 6: what is posted and voided was reserved before, operation by operation.
CREATE TRIGGER ledger_books_what_was_reserved AFTER INSERT ON ledger WHEN NEW.kind IN ('post', 'void')
BEGIN
    SELECT RAISE(ABORT, 'ledger: more is posted and voided than was reserved')
    WHERE (SELECT sum(CASE kind WHEN 'reserve' THEN kopecks WHEN 'reverse' THEN 0 ELSE -kopecks END)
           FROM ledger AS line WHERE line.operation_id = NEW.operation_id) < 0;
END;

-- Rule 5: the watchdog ends nothing that received an SMS.
CREATE TRIGGER operations_starve_in_silence BEFORE UPDATE OF outcome ON operations
WHEN NEW.outcome = 'no_sms' AND OLD.sms_count > 0
BEGIN SELECT RAISE(ABORT, 'operations: an SMS was received'); END;

-- Rules 1, 3 and 9: an available number is enabled, not banned, not rented, and in its own pool.
CREATE TRIGGER shelf_holds_what_may_be_issued BEFORE INSERT ON shelf
BEGIN
    SELECT RAISE(ABORT, 'shelf: the number may not be issued')
    WHERE NOT EXISTS (SELECT 1 FROM numbers AS n
                      WHERE n.number = NEW.number AND n.pool_id = NEW.pool_id AND n.enabled = 1
                        AND n.banned_until IS NULL)
       OR EXISTS (SELECT 1 FROM operations AS o WHERE o.number = NEW.number AND o.closed_at IS NULL);
END;
