-- Gateways are silenced and deleted, their tokens are taken back, and unsigned requests are taken only where that was asked for.

-- 0: disabled by the admin: no number of it is issued, and no request of it is taken.
ALTER TABLE gateways ADD COLUMN enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1));

-- 1: its kind signs requests, and the admin takes them without a signature. Exactly where there is no secret.
ALTER TABLE gateways ADD COLUMN unsigned INTEGER NOT NULL DEFAULT 0 CHECK (unsigned IN (0, 1));

-- Those of an older server were not asked.
UPDATE gateways SET unsigned = 1 WHERE kind IN ('sms-gate', 'twilio') AND secrets = '[]';

CREATE TRIGGER gateways_are_made_signed_or_say_so BEFORE INSERT ON gateways
WHEN NEW.unsigned <> (NEW.kind IN ('sms-gate', 'twilio') AND NEW.secrets = '[]')
BEGIN SELECT RAISE(ABORT, 'gateways: unsigned is set exactly where a kind that signs has no secret'); END;

CREATE TRIGGER gateways_stay_signed_or_say_so BEFORE UPDATE OF kind, secrets, unsigned ON gateways
WHEN NEW.unsigned <> (NEW.kind IN ('sms-gate', 'twilio') AND NEW.secrets = '[]')
BEGIN SELECT RAISE(ABORT, 'gateways: unsigned is set exactly where a kind that signs has no secret'); END;

-- Rule 3: no number of a disabled gateway is issued; those that are rented may end.
CREATE TRIGGER pools_are_rented_from_enabled_gateways AFTER UPDATE OF rented ON pools WHEN NEW.rented > OLD.rented
BEGIN
    SELECT RAISE(ABORT, 'pools: the gateway is disabled') FROM gateways WHERE id = NEW.gateway_id AND enabled = 0;
END;

-- What it was called before it was deleted; NULL: it is not. The row stays, because its messages refer to it; its name,
-- which is # and its id then, is free for another one.
ALTER TABLE gateways ADD COLUMN deleted_name TEXT
    CHECK (deleted_name IS NULL OR (length(deleted_name) BETWEEN 1 AND 64 AND name = '#' || id
                                    AND enabled = 0 AND secrets = '[]'));

CREATE TRIGGER gateways_are_deleted_without_pools BEFORE UPDATE OF deleted_name ON gateways
WHEN NEW.deleted_name IS NOT NULL AND EXISTS (SELECT 1 FROM pools AS p WHERE p.gateway_id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'gateways: pools are left'); END;

CREATE TRIGGER pools_are_not_made_for_deleted_gateways BEFORE INSERT ON pools
BEGIN
    SELECT RAISE(ABORT, 'pools: the gateway is deleted')
    FROM gateways WHERE id = NEW.gateway_id AND deleted_name IS NOT NULL;
END;

-- Tokens that gateways had before and that are good for a while; the newest is gateways.token_hash.
CREATE TABLE old_tokens (
    -- As gateways.token_hash.
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    gateway_id INTEGER NOT NULL REFERENCES gateways (id),
    -- Refused from then on.
    good_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX old_tokens_by_gateway ON old_tokens (gateway_id, good_until);

-- Rule 12: a gateway has a few of them.
CREATE TRIGGER old_tokens_are_few AFTER INSERT ON old_tokens
BEGIN
    SELECT RAISE(ABORT, 'old_tokens: the gateway has four already')
    WHERE (SELECT count(*) FROM old_tokens AS t WHERE t.gateway_id = NEW.gateway_id) > 4;
END;
