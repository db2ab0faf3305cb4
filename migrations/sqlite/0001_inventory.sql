-- The inventory: gateways, pools of numbers that are alike, numbers, and those that may be issued.
-- Times are milliseconds since 1970 UTC; numbers are text, so that a prefix is a range in byte order.

-- A source of incoming SMS.
CREATE TABLE gateways (
    id                   INTEGER PRIMARY KEY,
    -- What the partner calls it.
    name                 TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 64),
    -- SHA-256 of the token; the token itself is shown once and not kept.
    token_hash           BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    -- How many of its numbers may be rented at once; NULL: no bound.
    capacity             INTEGER CHECK (capacity >= 0),
    -- Off line when the last sign of life is as old as this; NULL: always on line.
    heartbeat_timeout_ms INTEGER CHECK (heartbeat_timeout_ms > 0),
    -- The last sign of life: a heartbeat or an SMS. Kept only where there is a time-out.
    heartbeat_at         INTEGER,
    created_at           INTEGER NOT NULL
) STRICT;

-- Numbers of one gateway, country and operator. The counters follow that table and the open operations in the same
-- transaction; GET_SERVICES reads nothing else (rule 4).
CREATE TABLE pools (
    id          INTEGER PRIMARY KEY,
    gateway_id  INTEGER NOT NULL REFERENCES gateways (id),
    -- Onlinesim's name of the country, lower case.
    country     TEXT NOT NULL CHECK (country <> '' AND country <> 'any'),
    -- The operator's name, lower case.
    operator    TEXT NOT NULL CHECK (operator <> '' AND operator <> 'any'),
    -- How many of its numbers may be issued.
    free        INTEGER NOT NULL DEFAULT 0 CHECK (free >= 0),
    -- How many of its numbers are rented.
    rented      INTEGER NOT NULL DEFAULT 0 CHECK (rented >= 0),
    -- The number issued last: the next one is looked for after it.
    last_number TEXT NOT NULL DEFAULT '',
    UNIQUE (gateway_id, country, operator)
) STRICT;

CREATE TABLE numbers (
    -- E.164 digits, no plus.
    number       TEXT NOT NULL PRIMARY KEY
                 CHECK (length(number) BETWEEN 5 AND 15 AND number NOT GLOB '*[^0-9]*' AND number NOT GLOB '0*'),
    pool_id      INTEGER NOT NULL REFERENCES pools (id),
    -- 0: taken out of use by the admin.
    enabled      INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    -- Operations in a row that ended with no SMS though the guard interval had passed (rule 9).
    strikes      INTEGER NOT NULL DEFAULT 0 CHECK (strikes >= 0),
    -- Off sale until then; NULL: not banned.
    banned_until INTEGER,
    -- Why; set exactly when banned.
    ban_reason   TEXT CHECK ((ban_reason IS NULL) = (banned_until IS NULL)),
    created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The worker that lifts bans asks for the next one that ends.
CREATE INDEX numbers_banned ON numbers (banned_until) WHERE banned_until IS NOT NULL;

-- The numbers that may be issued now: enabled, not banned, not rented. GET_NUMBER takes rows away, the end of an
-- operation puts them back (rules 1 and 3).
CREATE TABLE shelf (
    pool_id INTEGER NOT NULL REFERENCES pools (id),
    number  TEXT NOT NULL REFERENCES numbers (number),
    PRIMARY KEY (pool_id, number)
) STRICT, WITHOUT ROWID;

-- Rule 3: no number is issued beyond its gateway's capacity.
CREATE TRIGGER pools_keep_capacity AFTER UPDATE OF rented ON pools WHEN NEW.rented > OLD.rented
BEGIN
    SELECT RAISE(ABORT, 'pools: gateway over capacity')
    FROM gateways
    WHERE gateways.id = NEW.gateway_id
      AND gateways.capacity < (SELECT SUM(rented) FROM pools WHERE gateway_id = NEW.gateway_id);
END;
