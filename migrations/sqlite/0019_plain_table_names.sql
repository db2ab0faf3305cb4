-- Tables are called what they hold. SQLite changes the names in foreign keys and triggers, too; indexes, and triggers that
-- name a table in their errors, are made again.

ALTER TABLE shelf RENAME TO available_numbers;

-- Rules 1, 3 and 9: an available number is enabled, not banned, not resting, not rented, and belongs to that pool.
DROP TRIGGER shelf_holds_what_may_be_issued;
CREATE TRIGGER available_numbers_may_be_issued BEFORE INSERT ON available_numbers
BEGIN
    SELECT RAISE(ABORT, 'available_numbers: the number may not be issued')
    WHERE NOT EXISTS (SELECT 1 FROM numbers AS n
                      WHERE n.number = NEW.number AND n.pool_id = NEW.pool_id AND n.enabled = 1
                        AND n.banned_until IS NULL AND n.rests_until IS NULL)
       OR EXISTS (SELECT 1 FROM operations AS o WHERE o.number = NEW.number AND o.closed_at IS NULL);
END;

-- Where a gateway received an SMS that it reports without the number: modem, port, IMSI, ICCID. Each is one number's.
ALTER TABLE lines RENAME TO slots;

DROP INDEX lines_once;
CREATE UNIQUE INDEX slots_once ON slots (gateway_id, line);

DROP TRIGGER lines_belong_to_their_numbers_gateway;
CREATE TRIGGER slots_belong_to_their_numbers_gateway BEFORE INSERT ON slots
BEGIN
    SELECT RAISE(ABORT, 'slots: the number belongs to another gateway')
    WHERE NOT EXISTS (SELECT 1 FROM numbers AS n JOIN pools AS p ON p.id = n.pool_id
                      WHERE n.number = NEW.number AND p.gateway_id = NEW.gateway_id);
END;

-- Concatenated SMS (3GPP TS 23.040): those that wait for parts, and, for a while, those that were joined.
ALTER TABLE long_messages RENAME TO concatenated_messages;
ALTER TABLE parts RENAME TO message_parts;
ALTER TABLE message_parts RENAME COLUMN long_message_id TO concatenated_message_id;

DROP INDEX long_messages_by_parts;
CREATE INDEX concatenated_messages_by_parts
    ON concatenated_messages (gateway_id, number, sender, reference, total);
DROP INDEX long_messages_waiting;
CREATE INDEX concatenated_messages_waiting ON concatenated_messages (started_at) WHERE closed_at IS NULL;
DROP INDEX long_messages_closed;
CREATE INDEX concatenated_messages_closed ON concatenated_messages (closed_at) WHERE closed_at IS NOT NULL;
DROP INDEX long_messages_by_operation;
CREATE INDEX concatenated_messages_by_operation ON concatenated_messages (operation_id)
    WHERE closed_at IS NULL AND operation_id IS NOT NULL;

DROP TRIGGER long_messages_of_nobody_say_why;
CREATE TRIGGER concatenated_messages_of_nobody_say_why BEFORE INSERT ON concatenated_messages
WHEN NEW.operation_id IS NULL AND NEW.unassigned_reason IS NULL
BEGIN SELECT RAISE(ABORT, 'concatenated_messages: neither an operation nor a reason'); END;

DROP TRIGGER parts_lie_within_their_message;
CREATE TRIGGER message_parts_lie_within_their_message BEFORE INSERT ON message_parts
BEGIN
    SELECT RAISE(ABORT, 'message_parts: the message has fewer parts, or is joined already')
    WHERE NOT EXISTS (SELECT 1 FROM concatenated_messages AS l
                      WHERE l.id = NEW.concatenated_message_id AND l.total >= NEW.sequence AND l.closed_at IS NULL);
END;
