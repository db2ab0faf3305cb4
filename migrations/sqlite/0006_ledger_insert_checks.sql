-- A rental books one line, and asks nothing of the lines before it.

-- REPLACE deletes without asking the trigger against deleting: a line that another one stands in the way of is refused
-- before. Only a line that brings its own id, or one of a kind that an operation has once, can stand in another's way.
DROP TRIGGER ledger_is_not_replaced;

CREATE TRIGGER ledger_is_not_replaced BEFORE INSERT ON ledger WHEN NEW.id > 0 OR NEW.kind IN ('post', 'reverse')
BEGIN
    SELECT RAISE(ABORT, 'ledger: append-only')
    WHERE EXISTS (SELECT 1 FROM ledger AS other WHERE other.id = NEW.id)
       OR (NEW.kind IN ('post', 'reverse')
           AND EXISTS (SELECT 1 FROM ledger AS other
                       WHERE other.operation_id = NEW.operation_id AND other.kind = NEW.kind));
END;
