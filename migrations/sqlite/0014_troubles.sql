-- Troubles, from their beginning to their end: what GET /v1/troubles shows, kept over a restart.

CREATE TABLE troubles (
    id         INTEGER PRIMARY KEY,
    -- What is wrong: docs/troubles.md explains each.
    kind       TEXT NOT NULL CHECK (kind IN
               ('pushes_failing', 'sms_parked', 'sms_refused', 'sms_overdue', 'gateway_offline', 'gateway_silent',
                'onlinesim_silent', 'wrong_onlinesim_key', 'wrong_gateway_token', 'wrong_gateway_signature',
                'wrong_admin_token', 'out_of_stock', 'disk_low', 'repetition_differs', 'commits_slow')),
    -- The gateway that it is about. A gateway that is deleted takes its troubles with it.
    gateway_id INTEGER REFERENCES gateways (id) ON DELETE CASCADE
               CHECK ((gateway_id IS NOT NULL) = (kind IN ('gateway_offline', 'gateway_silent',
                                                           'wrong_gateway_signature', 'repetition_differs'))),
    -- Onlinesim's name of the country that it is about.
    country    TEXT CHECK ((country IS NOT NULL) = (kind = 'out_of_stock')),
    -- When it was first and last observed. No end: it is open.
    began_at   INTEGER NOT NULL,
    ended_at   INTEGER CHECK (ended_at >= began_at),
    -- How many events, or the most things that were concerned at once.
    count      INTEGER NOT NULL CHECK (count >= 1),
    -- The rest, for people; never a secret, a text of an SMS or a whole number (rule 11).
    detail     TEXT NOT NULL
) STRICT;

-- There is one open trouble of a kind for each gateway or country.
CREATE UNIQUE INDEX troubles_open ON troubles (kind, coalesce(gateway_id, 0), coalesce(country, ''))
    WHERE ended_at IS NULL;
