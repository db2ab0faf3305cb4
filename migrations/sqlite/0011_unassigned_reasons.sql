-- Why an SMS is unassigned, what distinguishes one from its repetition, and how many of them one rental is given.

-- Why it belongs to no operation; NULL exactly where it belongs to one.
ALTER TABLE messages ADD COLUMN unassigned_reason TEXT
    CHECK (unassigned_reason IN ('unknown_line', 'not_ours', 'other_gateway', 'not_rented', 'sent_before_rental',
                                 'rental_over', 'too_many')
           AND (unassigned_reason IS NULL OR operation_id IS NULL));

-- An older server did not store it: as well as can be known today.
UPDATE messages
SET unassigned_reason = CASE WHEN number = '' THEN 'unknown_line'
                             WHEN number IN (SELECT number FROM numbers) THEN 'not_rented'
                             ELSE 'not_ours' END
WHERE operation_id IS NULL;

CREATE TRIGGER messages_of_nobody_say_why BEFORE INSERT ON messages
WHEN NEW.operation_id IS NULL AND NEW.unassigned_reason IS NULL
BEGIN SELECT RAISE(ABORT, 'messages: neither an operation nor a reason'); END;

-- The admin asks by reason.
CREATE INDEX messages_by_reason ON messages (unassigned_reason, id) WHERE unassigned_reason IS NOT NULL;

-- 64 bits of a hash. With an id: of receiver, sender and text as the gateway gave them. Without: of gateway, receiver,
-- sender and text as they are stored. 0: stored by an older server, which kept none.
ALTER TABLE messages ADD COLUMN fingerprint INTEGER NOT NULL DEFAULT 0;

-- The same (gateway, id) with the same content is the same message.
DROP INDEX messages_once;
CREATE UNIQUE INDEX messages_once ON messages (gateway_id, external_id, fingerprint) WHERE external_id IS NOT NULL;

-- Without an id a message is known by its content, within a short time.
DROP INDEX messages_without_id;
CREATE INDEX messages_without_id ON messages (fingerprint, received_at) WHERE external_id IS NULL;

-- See messages.unassigned_reason; it is that of the first part.
ALTER TABLE long_messages ADD COLUMN unassigned_reason TEXT
    CHECK (unassigned_reason IN ('unknown_line', 'not_ours', 'other_gateway', 'not_rented', 'sent_before_rental',
                                 'rental_over', 'too_many')
           AND (unassigned_reason IS NULL OR operation_id IS NULL));

UPDATE long_messages
SET unassigned_reason = CASE WHEN number = '' THEN 'unknown_line'
                             WHEN number IN (SELECT number FROM numbers) THEN 'not_rented'
                             ELSE 'not_ours' END
WHERE operation_id IS NULL;

CREATE TRIGGER long_messages_of_nobody_say_why BEFORE INSERT ON long_messages
WHEN NEW.operation_id IS NULL AND NEW.unassigned_reason IS NULL
BEGIN SELECT RAISE(ABORT, 'long_messages: neither an operation nor a reason'); END;

-- The ids of parts: the same (gateway, id, place) with the same content again is the same part.
CREATE TABLE part_ids_with_content (
    gateway_id  INTEGER NOT NULL REFERENCES gateways (id),
    -- The gateway's own id of the part.
    external_id TEXT NOT NULL,
    -- Its place: some give all parts the id of their message.
    sequence    INTEGER NOT NULL CHECK (sequence BETWEEN 1 AND 255),
    -- See messages.fingerprint.
    fingerprint INTEGER NOT NULL,
    -- When it arrived.
    received_at INTEGER NOT NULL,
    PRIMARY KEY (gateway_id, external_id, sequence, fingerprint)
) STRICT, WITHOUT ROWID;
INSERT INTO part_ids_with_content (gateway_id, external_id, sequence, fingerprint, received_at)
SELECT gateway_id, external_id, sequence, 0, received_at FROM part_ids;
DROP TABLE part_ids;
ALTER TABLE part_ids_with_content RENAME TO part_ids;
CREATE INDEX part_ids_by_age ON part_ids (received_at);

-- How many SMS it sent again.
ALTER TABLE gateways ADD COLUMN repetitions INTEGER NOT NULL DEFAULT 0 CHECK (repetitions >= 0);

-- How often it gave an SMS the id of another one with other content.
ALTER TABLE gateways ADD COLUMN reused_ids INTEGER NOT NULL DEFAULT 0 CHECK (reused_ids >= 0);

-- Messages that were stored for it, whatever became of them and whether they are kept still.
ALTER TABLE operations ADD COLUMN message_count INTEGER NOT NULL DEFAULT 0 CHECK (message_count >= 0);
UPDATE operations SET message_count = (SELECT count(*) FROM messages AS m WHERE m.operation_id = operations.id)
WHERE id IN (SELECT operation_id FROM messages WHERE operation_id IS NOT NULL);

-- When the hour began in which its SMS are counted (rule 12); NULL: none came.
ALTER TABLE operations ADD COLUMN sms_hour_began_at INTEGER;

-- How many SMS it was given in that hour; a concatenated SMS counts once, when its first part comes.
ALTER TABLE operations ADD COLUMN sms_in_hour INTEGER NOT NULL DEFAULT 0
    CHECK (sms_in_hour >= 0 AND (sms_hour_began_at IS NOT NULL OR sms_in_hour = 0));
