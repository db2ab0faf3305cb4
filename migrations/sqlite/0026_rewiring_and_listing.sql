-- What a person has to do for bought numbers is a fact, and no sentence: a number whose SMS may go to an earlier address of this
-- server, and a number that is gone from its supplier's list.

-- Since when the number's SMS do not certainly come to today's address, where its supplier's API cannot change that.
ALTER TABLE order_lines ADD COLUMN rewire_since INTEGER;
-- 1: an SMS that comes with today's token of the gateway shows that they do; its address had another token, or is not known.
ALTER TABLE order_lines ADD COLUMN rewire_by_sms INTEGER
    CHECK (rewire_by_sms IN (0, 1)) CHECK ((rewire_by_sms IS NULL) = (rewire_since IS NULL));
-- While the supplier's list lacks the number: whether it was enabled before, and is again when the list has it.
ALTER TABLE order_lines ADD COLUMN gone_enabled INTEGER
    CHECK (gone_enabled IN (0, 1)) CHECK (gone_enabled IS NULL OR gone_since IS NOT NULL);

CREATE INDEX order_lines_to_rewire ON order_lines (supplier, number) WHERE rewire_since IS NOT NULL;

-- The sentences of earlier versions. The next start of the server marks the lines that are to be rewired.
UPDATE order_lines SET reason = NULL
WHERE reason = 'its SMS go to an earlier address of this server: change it at the supplier';
UPDATE order_lines
SET deviation = nullif(replace(replace(deviation, '; the supplier''s list of our numbers does not have it any more', ''),
                               'the supplier''s list of our numbers does not have it any more', ''), '')
WHERE gone_since IS NOT NULL;

-- 1: its request had the token that its gateway had then. 0: an older one, or it is not known.
ALTER TABLE messages ADD COLUMN with_current_token INTEGER NOT NULL DEFAULT 0 CHECK (with_current_token IN (0, 1));

CREATE TABLE troubles_with_rewiring (
    id         INTEGER PRIMARY KEY,
    -- What is wrong: docs/troubles.md explains each.
    kind       TEXT NOT NULL CHECK (kind IN
               ('pushes_failing', 'sms_parked', 'sms_refused', 'sms_overdue', 'gateway_offline', 'gateway_silent',
                'onlinesim_silent', 'wrong_onlinesim_key', 'wrong_gateway_token', 'wrong_gateway_signature',
                'wrong_admin_token', 'out_of_stock', 'disk_low', 'repetition_differs', 'commits_slow',
                'supplier_paused', 'purchases_unknown', 'purchase_deviates', 'stock_differs', 'numbers_to_rewire',
                'backup_overdue')),
    -- The gateway that it is about. A gateway that is deleted takes its troubles with it.
    gateway_id INTEGER REFERENCES gateways (id) ON DELETE CASCADE
               CHECK ((gateway_id IS NOT NULL) = (kind IN ('gateway_offline', 'gateway_silent',
                                                           'wrong_gateway_signature', 'repetition_differs'))),
    -- Onlinesim's name of the country that it is about.
    country    TEXT CHECK ((country IS NOT NULL) = (kind = 'out_of_stock')),
    -- The wholesaler that it is about.
    supplier   TEXT CHECK (supplier IN ('multitel-v3', 'multitel', 'cm', 'carrierx'))
               CHECK ((supplier IS NOT NULL) = (kind IN ('supplier_paused', 'purchases_unknown', 'purchase_deviates',
                                                         'stock_differs', 'numbers_to_rewire'))),
    -- When it was first and last observed. No end: it is open.
    began_at   INTEGER NOT NULL,
    ended_at   INTEGER CHECK (ended_at >= began_at),
    -- How many events, or the most things that were concerned at once.
    count      INTEGER NOT NULL CHECK (count >= 1),
    -- The rest, for people; never a secret, a text of an SMS or a whole number (rule 11).
    detail     TEXT NOT NULL
) STRICT;

INSERT INTO troubles_with_rewiring (id, kind, gateway_id, country, supplier, began_at, ended_at, count, detail)
SELECT id, kind, gateway_id, country, supplier, began_at, ended_at, count, detail FROM troubles;

DROP TABLE troubles;
ALTER TABLE troubles_with_rewiring RENAME TO troubles;

-- There is one open trouble of a kind for each gateway, country or wholesaler.
CREATE UNIQUE INDEX troubles_open
    ON troubles (kind, coalesce(gateway_id, 0), coalesce(country, ''), coalesce(supplier, '')) WHERE ended_at IS NULL;
