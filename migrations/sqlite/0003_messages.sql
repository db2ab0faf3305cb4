-- Incoming SMS and the duty to push them.

CREATE TABLE messages (
    -- In order of arrival.
    id           INTEGER PRIMARY KEY,
    gateway_id   INTEGER NOT NULL REFERENCES gateways (id),
    -- The gateway's own id of the message; NULL: it gave none.
    external_id  TEXT,
    -- The number that received it, ours or not.
    number       TEXT NOT NULL,
    -- The operation that was open on the number when it arrived (rule 8); NULL: none.
    operation_id INTEGER REFERENCES operations (id),
    sender       TEXT NOT NULL,
    text         TEXT NOT NULL,
    -- When it was sent, if the gateway reported it.
    sent_at      INTEGER,
    received_at  INTEGER NOT NULL
) STRICT;

-- The same (gateway, id) again is the same message.
CREATE UNIQUE INDEX messages_once ON messages (gateway_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX messages_by_number ON messages (number, id);
CREATE INDEX messages_by_operation ON messages (operation_id, id) WHERE operation_id IS NOT NULL;
CREATE INDEX messages_by_age ON messages (received_at);

-- The duty to push one message to Onlinesim (rule 7).
CREATE TABLE deliveries (
    message_id   INTEGER PRIMARY KEY REFERENCES messages (id),
    operation_id INTEGER NOT NULL REFERENCES operations (id),
    state        TEXT NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'delivered', 'refused', 'parked')),
    -- When to push it. NULL: settled, or an earlier message of the same operation is still due.
    due_at       INTEGER CHECK (due_at IS NULL OR state = 'due'),
    -- Set while an attempt is under way, to the time from which it counts as lost; due_at is the same then.
    leased_until INTEGER CHECK (leased_until IS NULL OR (due_at IS NOT NULL AND leased_until = due_at)),
    -- Attempts begun; the outcome of an older attempt is not recorded.
    attempts     INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- What became of the last attempt, in a word.
    reason       TEXT,
    -- When it was delivered, refused or parked.
    settled_at   INTEGER CHECK ((settled_at IS NULL) = (state = 'due'))
) STRICT;

-- The worker asks for those that are due.
CREATE INDEX deliveries_due ON deliveries (due_at) WHERE due_at IS NOT NULL;
-- Who is next in an operation.
CREATE INDEX deliveries_in_line ON deliveries (operation_id, message_id) WHERE state = 'due';
-- The admin asks by state.
CREATE INDEX deliveries_by_state ON deliveries (state, message_id);
-- An operation has one delivery under way or due at a time: its messages are pushed in order.
CREATE UNIQUE INDEX deliveries_head ON deliveries (operation_id) WHERE due_at IS NOT NULL;

-- Rule 8: a message belongs to the operation that is open on its number, or to none.
CREATE TRIGGER messages_belong_to_their_renter BEFORE INSERT ON messages WHEN NEW.operation_id IS NOT NULL
BEGIN
    SELECT RAISE(ABORT, 'messages: the operation is not open on that number')
    WHERE NOT EXISTS (SELECT 1 FROM operations AS o
                      WHERE o.id = NEW.operation_id AND o.number = NEW.number AND o.closed_at IS NULL
                        AND o.opened_at <= NEW.received_at);
END;
