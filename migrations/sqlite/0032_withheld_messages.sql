-- An SMS that the partner's filter withholds from its renter: it is stored and shown, and never pushed.

-- 1: it is withheld. It keeps its operation, has no delivery, and does not count as an SMS for the watchdog.
ALTER TABLE messages ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0 CHECK (withheld IN (0, 1));

-- The admin asks for those.
CREATE INDEX messages_withheld ON messages (id) WHERE withheld = 1;

-- Messages without a delivery, in order of arrival.
DROP INDEX messages_unassigned;
CREATE INDEX messages_without_delivery ON messages (id) WHERE operation_id IS NULL OR withheld = 1;

CREATE TRIGGER deliveries_are_not_of_withheld_messages BEFORE INSERT ON deliveries
BEGIN
    SELECT RAISE(ABORT, 'deliveries: the message is withheld')
    FROM messages WHERE id = NEW.message_id AND withheld = 1;
END;

-- It is decided once, when the message is stored.
CREATE TRIGGER messages_stay_withheld_or_not BEFORE UPDATE OF withheld ON messages WHEN NEW.withheld <> OLD.withheld
BEGIN SELECT RAISE(ABORT, 'messages: it is decided once whether one is withheld'); END;
