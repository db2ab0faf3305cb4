-- Texts, senders and results of attempts are blanked before their rows are deleted.

-- When the text was blanked, which is empty since; NULL: it is as it came.
ALTER TABLE messages ADD COLUMN text_blanked_at INTEGER CHECK (text_blanked_at IS NULL OR text = '');
-- The same for the sender.
ALTER TABLE messages ADD COLUMN sender_blanked_at INTEGER CHECK (sender_blanked_at IS NULL OR sender = '');

-- What is still to be pushed (rule 7), or belongs to an open operation, is not blanked; what is blanked stays so.
CREATE TRIGGER messages_in_use_are_not_blanked BEFORE UPDATE OF text_blanked_at, sender_blanked_at ON messages
WHEN NEW.text_blanked_at IS NOT OLD.text_blanked_at OR NEW.sender_blanked_at IS NOT OLD.sender_blanked_at
BEGIN
    SELECT RAISE(ABORT, 'messages: what was blanked stays so')
    WHERE (OLD.text_blanked_at IS NOT NULL AND NEW.text_blanked_at IS NULL)
       OR (OLD.sender_blanked_at IS NOT NULL AND NEW.sender_blanked_at IS NULL);
    SELECT RAISE(ABORT, 'messages: it is still to be pushed, or its operation is open')
    WHERE EXISTS (SELECT 1 FROM deliveries AS d WHERE d.message_id = NEW.id AND d.state = 'due')
       OR EXISTS (SELECT 1 FROM operations AS o WHERE o.id = NEW.operation_id AND o.closed_at IS NULL);
END;

-- A message without its text or its sender is not pushed again.
CREATE TRIGGER deliveries_of_blanked_messages_stay_settled BEFORE UPDATE OF state ON deliveries
WHEN NEW.state = 'due' AND OLD.state <> 'due'
BEGIN
    SELECT RAISE(ABORT, 'deliveries: the message was blanked')
    FROM messages AS m
    WHERE m.id = NEW.message_id AND (m.text_blanked_at IS NOT NULL OR m.sender_blanked_at IS NOT NULL);
END;

-- How far each kind of data was looked at, so that nothing is looked at twice and a rental writes nothing for it.
CREATE TABLE retention_progress (
    -- texts and senders of messages; attempts: results of deliveries.
    data           TEXT NOT NULL PRIMARY KEY CHECK (data IN ('texts', 'senders', 'attempts')),
    -- The last transfer of the ledger that was looked at. Every end of an operation posts or voids what was reserved, and ids
    -- of transfers rise in the order of the commits: so transfers list the closed operations in the order of their ends.
    transfer_id    INTEGER NOT NULL DEFAULT 0 CHECK (transfer_id >= 0),
    -- The last message of its operation that was looked at; there may be more.
    message_id     INTEGER NOT NULL DEFAULT 0 CHECK (message_id >= 0),
    -- The last message that was looked at of those without a delivery; those that belong to no operation are blanked.
    undelivered_id INTEGER NOT NULL DEFAULT 0 CHECK (undelivered_id >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO retention_progress (data) VALUES ('texts'), ('senders'), ('attempts');

-- Messages that were to be pushed still when they were looked at: they are looked at again. Mostly none.
CREATE TABLE retention_postponed (
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    data       TEXT NOT NULL REFERENCES retention_progress (data),
    PRIMARY KEY (message_id, data)
) STRICT, WITHOUT ROWID;
