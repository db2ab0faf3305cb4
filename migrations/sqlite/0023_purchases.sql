-- Numbers that are bought from wholesalers. Amounts are millionths of the supplier's currency.

CREATE TABLE orders (
    id            INTEGER PRIMARY KEY,
    supplier      TEXT NOT NULL CHECK (supplier IN ('multitel-v3', 'multitel', 'cm', 'carrierx')),
    -- What the partner calls it: the same reference again is the same order.
    reference     TEXT UNIQUE CHECK (length(reference) BETWEEN 1 AND 64),
    -- The numbers that are ordered, and the supplier's options: JSON.
    numbers       TEXT NOT NULL CHECK (json_type(numbers) = 'object'),
    options       TEXT NOT NULL CHECK (json_type(options) = 'array'),
    country       TEXT CHECK (country <> '' AND country <> 'any'),
    operator      TEXT NOT NULL CHECK (operator <> '' AND operator <> 'any'),
    -- The most that each number may cost.
    setup_max     INTEGER NOT NULL CHECK (setup_max >= 0),
    monthly_max   INTEGER NOT NULL CHECK (monthly_max >= 0),
    -- Whether a number is issued only after an SMS arrived at it (rule 15).
    prove         INTEGER NOT NULL CHECK (prove IN (0, 1)),
    created_at    INTEGER NOT NULL
) STRICT;

-- A line is one number, from the plan to buy it until it is given back.
CREATE TABLE order_lines (
    id              INTEGER PRIMARY KEY,
    order_id        INTEGER NOT NULL REFERENCES orders (id),
    -- That of the order: the index below needs it.
    supplier        TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN
                    ('planned', 'attempted', 'unknown', 'waiting', 'wiring', 'unproven', 'stocked', 'giving_back',
                     'given_back', 'refused', 'cancelled')),
    number          TEXT CHECK (length(number) BETWEEN 5 AND 15 AND number NOT GLOB '*[^0-9]*' AND number NOT GLOB '0*'),
    -- 1: no other number will do.
    is_number_fixed INTEGER NOT NULL CHECK (is_number_fixed IN (0, 1)),
    -- The supplier's key for the number, or for the request that will be filled.
    reference       TEXT,
    -- 1: the number is ours, and on the bill.
    is_ours         INTEGER NOT NULL DEFAULT 0 CHECK (is_ours IN (0, 1)),
    setup_max       INTEGER NOT NULL CHECK (setup_max >= 0),
    monthly_max     INTEGER NOT NULL CHECK (monthly_max >= 0),
    -- What it costs, once the supplier reported it.
    setup           INTEGER CHECK (setup >= 0),
    monthly         INTEGER CHECK (monthly >= 0),
    -- Calls of its purchase, and when the last one was stored (rule 13).
    attempts        INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    attempted_at    INTEGER,
    -- The first line of that call, whose mark it carried: one call can buy for several lines of an order.
    call_line_id    INTEGER REFERENCES order_lines (id),
    retries         INTEGER NOT NULL DEFAULT 0 CHECK (retries >= 0),
    -- Since when it has its state.
    state_since     INTEGER NOT NULL,
    -- Since when the number is ours; a month is paid on that day of each month, UTC.
    owned_since     INTEGER,
    -- SHA-256 of the address to which its SMS go at the supplier.
    sms_url_hash    BLOB CHECK (length(sms_url_hash) = 32),
    -- Since when the supplier's list of our numbers lacks it.
    gone_since      INTEGER,
    -- While it is given back: its state before, and whether the number was enabled. It gets them again when the supplier
    -- refuses to take the number.
    kept_state      TEXT CHECK (kept_state IN ('stocked', 'unproven', 'refused')),
    kept_enabled    INTEGER CHECK (kept_enabled IN (0, 1)),
    -- For the partner: why it stands where it stands, and in what it differs from the order. Nothing is decided by them.
    reason          TEXT,
    deviation       TEXT,
    -- The supplier's code of the last refusal.
    code            TEXT,
    -- When something is to be done for it.
    due_at          INTEGER,
    CHECK (attempts = 0 OR attempted_at IS NOT NULL),
    CHECK ((call_line_id IS NULL) = (attempted_at IS NULL)),
    CHECK (is_ours = 0 OR owned_since IS NOT NULL),
    CHECK ((kept_state IS NULL) = (kept_enabled IS NULL)),
    CHECK (state <> 'giving_back' OR kept_state IS NOT NULL),
    CHECK ((setup IS NULL) = (monthly IS NULL)),
    CHECK (is_ours = 0 OR number IS NOT NULL),
    CHECK (state NOT IN ('wiring', 'unproven', 'stocked', 'giving_back') OR is_ours = 1),
    CHECK (state <> 'given_back' OR is_ours = 0),
    CHECK (state NOT IN ('given_back', 'refused', 'cancelled') OR due_at IS NULL)
) STRICT;

CREATE INDEX order_lines_order ON order_lines (order_id);
CREATE INDEX order_lines_due ON order_lines (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX order_lines_attempted ON order_lines (supplier, attempted_at) WHERE attempted_at IS NOT NULL;
CREATE INDEX order_lines_number ON order_lines (number, id) WHERE number IS NOT NULL;
CREATE INDEX order_lines_by_call ON order_lines (call_line_id) WHERE call_line_id IS NOT NULL;
-- Lines whose number is or was ours: income is that of the time since then.
CREATE INDEX order_lines_ever_ours ON order_lines (number, owned_since, id) WHERE owned_since IS NOT NULL;
CREATE INDEX order_lines_by_state ON order_lines (state, supplier);

-- A number is not paid for twice: it has one live line at its supplier.
CREATE UNIQUE INDEX order_lines_live ON order_lines (supplier, number)
    WHERE number IS NOT NULL AND state NOT IN ('given_back', 'refused', 'cancelled');

-- The states of a line follow one another as the domain has it.
CREATE TRIGGER order_lines_change_state BEFORE UPDATE OF state ON order_lines
WHEN NEW.state <> OLD.state AND NOT CASE OLD.state
    WHEN 'planned' THEN NEW.state IN ('attempted', 'cancelled')
    WHEN 'attempted' THEN NEW.state IN ('planned', 'unknown', 'waiting', 'wiring', 'unproven', 'stocked', 'refused')
    WHEN 'unknown' THEN NEW.state IN ('planned', 'waiting', 'wiring', 'unproven', 'stocked', 'refused')
    WHEN 'waiting' THEN NEW.state IN ('wiring', 'unproven', 'stocked', 'refused', 'cancelled')
    WHEN 'wiring' THEN NEW.state IN ('unproven', 'stocked', 'refused')
    WHEN 'unproven' THEN NEW.state IN ('stocked', 'giving_back')
    WHEN 'stocked' THEN NEW.state = 'giving_back'
    WHEN 'giving_back' THEN NEW.state IN ('given_back', 'stocked', 'unproven', 'refused')
    WHEN 'refused' THEN NEW.state = 'giving_back' AND OLD.is_ours = 1
    ELSE 0 END
BEGIN
    SELECT RAISE(ABORT, 'order_lines: this state does not follow that one');
END;

-- What a number costs: entries are added, never changed.
CREATE TABLE costs (
    id            INTEGER PRIMARY KEY,
    order_line_id INTEGER NOT NULL REFERENCES order_lines (id),
    kind          TEXT NOT NULL CHECK (kind IN ('setup', 'monthly', 'messaging', 'correction')),
    -- Negative for a correction only.
    millionths    INTEGER NOT NULL CHECK (millionths >= 0 OR kind = 'correction'),
    currency      TEXT NOT NULL CHECK (length(currency) = 3),
    -- The day that it is for, UTC: a month is booked once.
    day           TEXT NOT NULL CHECK (day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    booked_at     INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX costs_once ON costs (order_line_id, kind, day) WHERE kind <> 'correction';
-- Costs are summed by line, or for a period.
CREATE INDEX costs_by_line ON costs (order_line_id, day);
CREATE INDEX costs_by_day ON costs (day);

CREATE TRIGGER costs_are_not_changed BEFORE UPDATE ON costs
BEGIN
    SELECT RAISE(ABORT, 'costs: an entry is not changed');
END;

-- REPLACE deletes without asking the trigger on DELETE.
CREATE TRIGGER costs_are_not_replaced BEFORE INSERT ON costs
WHEN EXISTS (SELECT 1 FROM costs AS c WHERE c.id = NEW.id)
  OR EXISTS (SELECT 1 FROM costs AS c WHERE c.order_line_id = NEW.order_line_id AND c.day = NEW.day
                                        AND c.kind = NEW.kind AND c.kind <> 'correction')
BEGIN
    SELECT RAISE(ABORT, 'costs: an entry is not changed');
END;

CREATE TRIGGER costs_are_not_deleted BEFORE DELETE ON costs
BEGIN
    SELECT RAISE(ABORT, 'costs: an entry is not deleted');
END;

-- Suppliers that are left alone; a supplier without a row is not.
CREATE TABLE supplier_pauses (
    supplier     TEXT PRIMARY KEY CHECK (supplier IN ('multitel-v3', 'multitel', 'cm', 'carrierx')),
    -- Calls in a row without a usable answer.
    failures     INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    -- Pauses in a row, each longer than the one before.
    pauses       INTEGER NOT NULL DEFAULT 0 CHECK (pauses >= 0),
    -- Until then; NULL with a reason: until the partner resumes it.
    paused_until INTEGER,
    reason       TEXT CHECK (reason IS NOT NULL OR paused_until IS NULL)
) STRICT, WITHOUT ROWID;

-- Numbers that a supplier refused to sell: they are not chosen again.
CREATE TABLE unavailable_numbers (
    supplier   TEXT NOT NULL,
    number     TEXT NOT NULL,
    refused_at INTEGER NOT NULL,
    PRIMARY KEY (supplier, number)
) STRICT, WITHOUT ROWID;

-- The daily comparison of a supplier's list with the stock.
CREATE TABLE owned_comparisons (
    supplier    TEXT PRIMARY KEY CHECK (supplier IN ('multitel-v3', 'multitel', 'cm', 'carrierx')),
    compared_at INTEGER NOT NULL,
    -- Stocked numbers that are not on the list, and numbers of the list that are not known here.
    gone        INTEGER NOT NULL CHECK (gone >= 0),
    unlisted    INTEGER NOT NULL CHECK (unlisted >= 0)
) STRICT, WITHOUT ROWID;

-- What suppliers reported about an order; the order is read at the supplier then.
CREATE TABLE order_callbacks (
    id            INTEGER PRIMARY KEY,
    order_line_id INTEGER NOT NULL REFERENCES order_lines (id),
    received_at   INTEGER NOT NULL,
    body          BLOB NOT NULL CHECK (length(body) <= 65536)
) STRICT;

CREATE INDEX order_callbacks_by_line ON order_callbacks (order_line_id);
CREATE INDEX order_callbacks_old ON order_callbacks (received_at);

-- Orders that the server places by itself.
CREATE TABLE restock_rules (
    supplier    TEXT NOT NULL CHECK (supplier IN ('multitel', 'carrierx')),
    country     TEXT NOT NULL CHECK (country <> '' AND country <> 'any'),
    -- Below so many available numbers it orders up to the target.
    floor       INTEGER NOT NULL CHECK (floor >= 1),
    target      INTEGER NOT NULL CHECK (target >= floor),
    prefix      TEXT CHECK (prefix NOT GLOB '*[^0-9]*' AND prefix <> ''),
    monthly_max INTEGER NOT NULL CHECK (monthly_max >= 0),
    batch_max   INTEGER NOT NULL CHECK (batch_max BETWEEN 1 AND 1000),
    enabled     INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    -- Its order; there is one at a time.
    order_id    INTEGER REFERENCES orders (id),
    PRIMARY KEY (supplier, country)
) STRICT, WITHOUT ROWID;

ALTER TABLE audit ADD COLUMN order_line_id INTEGER REFERENCES order_lines (id);
CREATE INDEX audit_by_order_line ON audit (order_line_id, id) WHERE order_line_id IS NOT NULL;
