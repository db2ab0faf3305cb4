-- Lines of orders may have been lost by a restore, too: their ids travel to suppliers as marks, so none is issued again.
-- New lines get higher ids than this one.
ALTER TABLE restores ADD COLUMN last_line_id INTEGER NOT NULL DEFAULT 0 CHECK (last_line_id BETWEEN 0 AND 9007199254740991);

-- An id of a line that may have been issued before the restore is not issued again.
CREATE TRIGGER order_lines_get_ids_that_were_not_lost BEFORE INSERT ON order_lines
BEGIN
    SELECT RAISE(ABORT, 'order_lines: the id may have been issued before a restore')
    WHERE EXISTS (SELECT 1 FROM restores AS r WHERE NEW.id <= r.last_line_id);
END;

-- A number that is refused and ours is paid for: it has no second line either.
DROP INDEX order_lines_live;
CREATE UNIQUE INDEX order_lines_live ON order_lines (supplier, number)
    WHERE number IS NOT NULL AND (is_ours = 1 OR state NOT IN ('given_back', 'refused', 'cancelled'));
