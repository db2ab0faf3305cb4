-- How each gateway talks, which line is which number, long SMS in their parts, and SMS that came before.

-- Which program it is, and so which adapter reads its requests.
ALTER TABLE gateways ADD COLUMN kind TEXT NOT NULL DEFAULT 'generic'
    CHECK (kind IN ('generic', 'kannel', 'jasmin', 'gammu', 'smstools', 'sms-gate', 'twilio', 'simbox'));

-- Where the fields stand in its requests: a JSON object of dotted paths by the fields' names; one that is missing stands
-- under its default names.
ALTER TABLE gateways ADD COLUMN fields TEXT NOT NULL DEFAULT '{}'
    CHECK (json_type(fields) = 'object' AND (fields = '{}' OR kind = 'generic'));

-- Media type of what it is answered; NULL: an empty text.
ALTER TABLE gateways ADD COLUMN answer_type TEXT
    CHECK (answer_type IS NULL OR kind IN ('generic', 'gammu', 'smstools'));

-- What it is answered; set exactly when its media type is.
ALTER TABLE gateways ADD COLUMN answer_text TEXT CHECK ((answer_text IS NULL) = (answer_type IS NULL));

-- The keys with which its requests may be signed, one of them each: a JSON array of texts. They are kept as they are,
-- because a signature is computed with them.
ALTER TABLE gateways ADD COLUMN secrets TEXT NOT NULL DEFAULT '[]'
    CHECK (json_type(secrets) = 'array' AND (secrets = '[]' OR kind IN ('sms-gate', 'twilio')));

-- What its texts of 7-bit characters are written in.
ALTER TABLE gateways ADD COLUMN alphabet TEXT NOT NULL DEFAULT 'gsm'
    CHECK (alphabet IN ('gsm', 'latin1') AND (alphabet = 'gsm' OR kind = 'jasmin'));

-- Which number sits where, for gateways that do not name the receiving number.
CREATE TABLE lines (
    number     TEXT NOT NULL PRIMARY KEY REFERENCES numbers (number),
    -- The number's gateway; the line follows its number to another one.
    gateway_id INTEGER NOT NULL REFERENCES gateways (id),
    -- What the gateway calls it: a modem, port, IMSI, ICCID, device.
    line       TEXT NOT NULL CHECK (length(line) BETWEEN 1 AND 100)
) STRICT, WITHOUT ROWID;

-- A line of a gateway is one number.
CREATE UNIQUE INDEX lines_once ON lines (gateway_id, line);

CREATE TRIGGER lines_belong_to_their_numbers_gateway BEFORE INSERT ON lines
BEGIN
    SELECT RAISE(ABORT, 'lines: the number belongs to another gateway')
    WHERE NOT EXISTS (SELECT 1 FROM numbers AS n JOIN pools AS p ON p.id = n.pool_id
                      WHERE n.number = NEW.number AND p.gateway_id = NEW.gateway_id);
END;

CREATE TRIGGER numbers_take_their_lines_along AFTER UPDATE OF pool_id ON numbers WHEN NEW.pool_id <> OLD.pool_id
BEGIN
    SELECT RAISE(ABORT, 'numbers: the line is left at another gateway')
    WHERE EXISTS (SELECT 1 FROM lines AS l JOIN pools AS p ON p.id = NEW.pool_id
                  WHERE l.number = NEW.number AND l.gateway_id <> p.gateway_id);
END;

-- The line that the gateway named instead of a number, or all that it named when none of them is known.
ALTER TABLE messages ADD COLUMN line TEXT CHECK (length(line) BETWEEN 1 AND 1000);

-- 1: some parts did not come in time; […] stands in their place.
ALTER TABLE messages ADD COLUMN incomplete INTEGER NOT NULL DEFAULT 0 CHECK (incomplete IN (0, 1));

-- Without an id a message is known by its content, within a short time.
CREATE INDEX messages_without_id ON messages (number, line, received_at) WHERE external_id IS NULL;

-- Long SMS that come in parts: those that wait for some, and, for a while, those that waited.
CREATE TABLE long_messages (
    id           INTEGER PRIMARY KEY,
    gateway_id   INTEGER NOT NULL REFERENCES gateways (id),
    -- The number that receives it, ours or not; empty: the gateway named a line that nobody knows.
    number       TEXT NOT NULL,
    -- See messages.line.
    line         TEXT CHECK (length(line) BETWEEN 1 AND 1000),
    sender       TEXT NOT NULL,
    -- What its parts have in common; senders use the same one again.
    reference    INTEGER NOT NULL CHECK (reference BETWEEN 0 AND 65535),
    -- How many parts it has.
    total        INTEGER NOT NULL CHECK (total BETWEEN 2 AND 255),
    -- The operation that was open on the number when its first part arrived (rule 8); NULL: none.
    operation_id INTEGER REFERENCES operations (id),
    -- When it was sent, if its first part had a time.
    sent_at      INTEGER,
    -- When its first part arrived.
    received_at  INTEGER NOT NULL,
    -- Since when it waits for the others, by our clock.
    started_at   INTEGER NOT NULL,
    -- When it became a message; NULL: it waits.
    closed_at    INTEGER
) STRICT;

-- A part asks for those that it may belong to.
CREATE INDEX long_messages_by_parts ON long_messages (gateway_id, number, sender, reference, total);
-- The worker asks for those that have waited long enough, and for those that may be forgotten.
CREATE INDEX long_messages_waiting ON long_messages (started_at) WHERE closed_at IS NULL;
CREATE INDEX long_messages_closed ON long_messages (closed_at) WHERE closed_at IS NOT NULL;
-- The watchdog asks for those of an operation.
CREATE INDEX long_messages_by_operation ON long_messages (operation_id)
    WHERE closed_at IS NULL AND operation_id IS NOT NULL;

CREATE TABLE parts (
    long_message_id INTEGER NOT NULL REFERENCES long_messages (id),
    -- Its place, from 1.
    sequence        INTEGER NOT NULL CHECK (sequence BETWEEN 1 AND 255),
    text            TEXT NOT NULL,
    PRIMARY KEY (long_message_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER parts_lie_within_their_message BEFORE INSERT ON parts
BEGIN
    SELECT RAISE(ABORT, 'parts: the message has less parts, or waits no more')
    WHERE NOT EXISTS (SELECT 1 FROM long_messages AS l
                      WHERE l.id = NEW.long_message_id AND l.total >= NEW.sequence AND l.closed_at IS NULL);
END;

-- The ids of parts: the same (gateway, id, place) again is the same part. They outlive the parts.
CREATE TABLE part_ids (
    gateway_id  INTEGER NOT NULL REFERENCES gateways (id),
    -- The gateway's own id of the part.
    external_id TEXT NOT NULL,
    -- Its place: some give all parts the id of their message.
    sequence    INTEGER NOT NULL CHECK (sequence BETWEEN 1 AND 255),
    -- When it arrived.
    received_at INTEGER NOT NULL,
    PRIMARY KEY (gateway_id, external_id, sequence)
) STRICT, WITHOUT ROWID;

CREATE INDEX part_ids_by_age ON part_ids (received_at);
