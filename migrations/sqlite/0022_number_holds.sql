-- A number that was bought is not issued before it may be, nor after it was given back.

-- Why it is not issued, whatever the admin sets (rules 15 and 16); NULL: nothing holds it. unproven: no SMS has proven yet
-- that it receives them; refused: ours, but its SMS cannot be set up, or it is gone at its supplier; giving_back, given_back:
-- to its supplier.
ALTER TABLE numbers ADD COLUMN hold TEXT
    CHECK (hold IS NULL OR (enabled = 0 AND hold IN ('unproven', 'refused', 'giving_back', 'given_back')));

-- Rule 15: what is held is not available. The other half: an available number is enabled.
CREATE TRIGGER numbers_held_are_not_available BEFORE UPDATE OF hold ON numbers WHEN NEW.hold IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'numbers: an available number is not held')
    WHERE EXISTS (SELECT 1 FROM available_numbers AS a WHERE a.pool_id = NEW.pool_id AND a.number = NEW.number);
END;

-- Rule 16.
CREATE TRIGGER numbers_rented_are_not_given_back BEFORE UPDATE OF hold ON numbers WHEN NEW.hold = 'given_back'
BEGIN
    SELECT RAISE(ABORT, 'numbers: a rented number is not given back')
    WHERE EXISTS (SELECT 1 FROM operations AS o WHERE o.number = NEW.number AND o.closed_at IS NULL);
END;

-- Numbers that were given back stay in the inventory with their history: they have a list of their own.
DROP INDEX numbers_disabled;
CREATE INDEX numbers_disabled ON numbers (number) WHERE enabled = 0 AND hold IS NOT 'given_back';
CREATE INDEX numbers_given_back ON numbers (number) WHERE hold = 'given_back';
