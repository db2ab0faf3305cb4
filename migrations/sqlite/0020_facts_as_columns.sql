-- What is decided by is a column; texts are for people.

-- Onlinesim's final refusal; NULL: it did not refuse. BAD_SERVICE does not count as an SMS for the watchdog.
ALTER TABLE deliveries ADD COLUMN refusal TEXT
    CHECK (refusal IS NULL OR (state = 'refused' AND refusal IN ('NO_OPERATION', 'BAD_SERVICE')));
UPDATE deliveries SET refusal = reason WHERE state = 'refused' AND reason IN ('NO_OPERATION', 'BAD_SERVICE');

-- Which event it was: closed, corrected, contradicted, banned, ...
ALTER TABLE audit RENAME COLUMN action TO kind;

-- The outcome that the operation was closed with, was corrected to, or that Onlinesim claimed.
ALTER TABLE audit ADD COLUMN outcome TEXT CHECK (outcome IN
    ('sold', 'cancelled', 'refunded', 'not_ordered', 'no_sms', 'undelivered', 'forced'));

-- The total that Onlinesim claimed with an outcome that contradicts the ledger.
ALTER TABLE audit ADD COLUMN kopecks INTEGER CHECK (kopecks >= 0);

-- The slots that the gateway named instead of a number, a JSON array: the one that is known, or all where none is.
ALTER TABLE messages ADD COLUMN slots TEXT CHECK (json_type(slots) = 'array');
UPDATE messages SET slots = replace(json_array(line), ', ', '","') WHERE line IS NOT NULL;
ALTER TABLE messages DROP COLUMN line;

ALTER TABLE concatenated_messages ADD COLUMN slots TEXT CHECK (json_type(slots) = 'array');
UPDATE concatenated_messages SET slots = replace(json_array(line), ', ', '","') WHERE line IS NOT NULL;
ALTER TABLE concatenated_messages DROP COLUMN line;
