-- The cost of a rental does not grow with the pools.

-- How many of its numbers are rented, kept only where there is a capacity: rule 3 asks it with each rental, and a sum over
-- the gateway's pools would take the longer the more there are.
ALTER TABLE gateways ADD COLUMN rented INTEGER NOT NULL DEFAULT 0 CHECK (rented >= 0);

UPDATE gateways SET rented = (SELECT coalesce(sum(p.rented), 0) FROM pools AS p WHERE p.gateway_id = gateways.id)
WHERE capacity IS NOT NULL;

-- A gateway that gets a capacity is counted from then on.
CREATE TRIGGER gateways_count_from_their_first_capacity AFTER UPDATE OF capacity ON gateways
WHEN OLD.capacity IS NULL AND NEW.capacity IS NOT NULL
BEGIN
    UPDATE gateways SET rented = (SELECT coalesce(sum(p.rented), 0) FROM pools AS p WHERE p.gateway_id = NEW.id)
    WHERE id = NEW.id;
END;

-- Rule 3: no number is issued beyond its gateway's capacity.
DROP TRIGGER pools_keep_capacity;

CREATE TRIGGER pools_keep_capacity AFTER UPDATE OF rented ON pools WHEN NEW.rented <> OLD.rented
BEGIN
    UPDATE gateways SET rented = rented + NEW.rented - OLD.rented
    WHERE id = NEW.gateway_id AND capacity IS NOT NULL;
    SELECT RAISE(ABORT, 'pools: gateway over capacity')
    FROM gateways
    WHERE id = NEW.gateway_id AND NEW.rented > OLD.rented AND capacity < rented;
END;

-- One row: it changes whenever a pool is made or deleted. A reader that has the pools of that version need not read their
-- gateways and names again.
CREATE TABLE pools_version (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    -- Only rises.
    version INTEGER NOT NULL CHECK (version >= 1)
) STRICT;
INSERT INTO pools_version (id, version) VALUES (1, 1);

CREATE TRIGGER pools_are_made AFTER INSERT ON pools
BEGIN UPDATE pools_version SET version = version + 1; END;

CREATE TRIGGER pools_are_deleted AFTER DELETE ON pools
BEGIN UPDATE pools_version SET version = version + 1; END;

-- What a pool is, it stays: only its counters and its cursor change.
CREATE TRIGGER pools_stay_what_they_are BEFORE UPDATE OF id, gateway_id, country, operator ON pools
WHEN (NEW.id, NEW.gateway_id, NEW.country, NEW.operator) IS NOT (OLD.id, OLD.gateway_id, OLD.country, OLD.operator)
BEGIN SELECT RAISE(ABORT, 'pools: gateway, country and operator do not change'); END;
