-- Where requests come from: which a gateway may send, and who changed something; and troubles with certificates, callers, backups and notifications.

-- Networks and addresses as a JSON list of texts; empty: from everywhere.
ALTER TABLE gateways ADD COLUMN allow TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(allow) AND json_type(allow) = 'array');

-- The address from which the admin called; NULL: a command, or not the admin.
ALTER TABLE audit ADD COLUMN client TEXT CHECK (client IS NULL OR actor = 'admin');

CREATE TABLE troubles_with_callers (
    id         INTEGER PRIMARY KEY,
    -- What is wrong: docs/troubles.md explains each.
    kind       TEXT NOT NULL CHECK (kind IN
               ('pushes_failing', 'sms_parked', 'sms_refused', 'sms_overdue', 'gateway_offline', 'gateway_silent',
                'onlinesim_silent', 'wrong_onlinesim_key', 'wrong_gateway_token', 'wrong_gateway_signature',
                'wrong_admin_token', 'out_of_stock', 'disk_low', 'repetition_differs', 'commits_slow',
                'supplier_paused', 'purchases_unknown', 'purchase_deviates', 'stock_differs', 'numbers_to_rewire',
                'wrong_onlinesim_address', 'wrong_gateway_address', 'certificate_expires', 'backup_overdue',
                'notifications_failing')),
    -- The gateway that it is about. A gateway that is deleted takes its troubles with it.
    gateway_id INTEGER REFERENCES gateways (id) ON DELETE CASCADE
               CHECK ((gateway_id IS NOT NULL) = (kind IN ('gateway_offline', 'gateway_silent',
                                                           'wrong_gateway_signature', 'wrong_gateway_address',
                                                           'repetition_differs'))),
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

INSERT INTO troubles_with_callers (id, kind, gateway_id, country, supplier, began_at, ended_at, count, detail)
SELECT id, kind, gateway_id, country, supplier, began_at, ended_at, count, detail FROM troubles;

DROP TABLE troubles;
ALTER TABLE troubles_with_callers RENAME TO troubles;

-- There is one open trouble of a kind for each gateway, country or wholesaler.
CREATE UNIQUE INDEX troubles_open
    ON troubles (kind, coalesce(gateway_id, 0), coalesce(country, ''), coalesce(supplier, '')) WHERE ended_at IS NULL;
