-- A kind of gateway is known to the program alone: the database keeps its name, and its settings as one JSON object.

DROP TRIGGER gateways_are_made_signed_or_say_so;
DROP TRIGGER gateways_stay_signed_or_say_so;
DROP TRIGGER gateways_are_deleted_without_pools;
DROP TRIGGER pools_are_not_made_for_deleted_gateways;

-- What the partner set for the kind. What has its default value is missing. May hold keys, as they are, because signatures are
-- computed with them.
ALTER TABLE gateways ADD COLUMN settings TEXT NOT NULL DEFAULT '{}'
    CHECK (json_valid(settings) AND json_type(settings) = 'object' AND length(settings) <= 100000);

UPDATE gateways SET settings = json_set(settings, '$.fields', json(fields)) WHERE fields <> '{}';
UPDATE gateways SET settings = json_set(settings, '$.answer', json_object('content_type', answer_type, 'text', answer_text))
WHERE answer_type IS NOT NULL;
UPDATE gateways SET settings = json_set(settings, '$.secrets', json(secrets)) WHERE secrets <> '[]';
UPDATE gateways SET settings = json_set(settings, '$.unsigned', json('true')) WHERE unsigned = 1;
UPDATE gateways SET settings = json_set(settings, '$.character_set', alphabet) WHERE alphabet <> 'gsm';
UPDATE gateways SET settings = '{}' WHERE deleted_name IS NOT NULL;

-- Columns are replaced one by one: a table to which others refer is not dropped.
ALTER TABLE gateways RENAME COLUMN kind TO old_kind;
ALTER TABLE gateways RENAME COLUMN deleted_name TO old_deleted_name;

-- The name of the kind, and so which adapter reads its requests.
ALTER TABLE gateways ADD COLUMN kind TEXT NOT NULL DEFAULT 'generic' CHECK (length(kind) BETWEEN 1 AND 32);

-- What it was called before it was deleted; NULL: it is not. The row stays, because its messages refer to it; its name,
-- which is # and its id then, is free for another one.
ALTER TABLE gateways ADD COLUMN deleted_name TEXT
    CHECK (deleted_name IS NULL OR (length(deleted_name) BETWEEN 1 AND 64 AND name = '#' || id
                                    AND enabled = 0 AND settings = '{}'));

UPDATE gateways SET kind = old_kind, deleted_name = old_deleted_name;

ALTER TABLE gateways DROP COLUMN old_deleted_name;
ALTER TABLE gateways DROP COLUMN unsigned;
ALTER TABLE gateways DROP COLUMN alphabet;
ALTER TABLE gateways DROP COLUMN secrets;
ALTER TABLE gateways DROP COLUMN answer_text;
ALTER TABLE gateways DROP COLUMN answer_type;
ALTER TABLE gateways DROP COLUMN fields;
ALTER TABLE gateways DROP COLUMN old_kind;

CREATE TRIGGER gateways_are_deleted_without_pools BEFORE UPDATE OF deleted_name ON gateways
WHEN NEW.deleted_name IS NOT NULL AND EXISTS (SELECT 1 FROM pools AS p WHERE p.gateway_id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'gateways: pools are left'); END;

CREATE TRIGGER pools_are_not_made_for_deleted_gateways BEFORE INSERT ON pools
BEGIN
    SELECT RAISE(ABORT, 'pools: the gateway is deleted')
    FROM gateways WHERE id = NEW.gateway_id AND deleted_name IS NOT NULL;
END;
