-- A number rests between two rentals.

-- Off sale until then, because it was rented just now (rules 3 and 4); NULL: it does not rest.
ALTER TABLE numbers ADD COLUMN rests_until INTEGER;

-- The worker that ends rests asks for the next one that is over.
CREATE INDEX numbers_resting ON numbers (rests_until) WHERE rests_until IS NOT NULL;

-- Rules 1, 3 and 9: an available number is enabled, not banned, not resting, not rented, and in its own pool.
DROP TRIGGER shelf_holds_what_may_be_issued;

CREATE TRIGGER shelf_holds_what_may_be_issued BEFORE INSERT ON shelf
BEGIN
    SELECT RAISE(ABORT, 'shelf: the number may not be issued')
    WHERE NOT EXISTS (SELECT 1 FROM numbers AS n
                      WHERE n.number = NEW.number AND n.pool_id = NEW.pool_id AND n.enabled = 1
                        AND n.banned_until IS NULL AND n.rests_until IS NULL)
       OR EXISTS (SELECT 1 FROM operations AS o WHERE o.number = NEW.number AND o.closed_at IS NULL);
END;
