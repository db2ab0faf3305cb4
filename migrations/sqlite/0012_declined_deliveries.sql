-- A message that Onlinesim declines again and again no longer holds up the others of its operation (rule 7).

-- How often Onlinesim answered it with neither acceptance nor a final no.
ALTER TABLE deliveries ADD COLUMN declined INTEGER NOT NULL DEFAULT 0 CHECK (declined >= 0);

-- 0: it is pushed in order of arrival. Otherwise it was declined three times or more and stands behind the others of its
-- operation: it is not tried before that time (UTC, ms), and of several behind, the earliest is next.
ALTER TABLE deliveries ADD COLUMN behind_until INTEGER NOT NULL DEFAULT 0
    CHECK (behind_until = 0 OR (behind_until > 0 AND state = 'due' AND declined >= 3));

-- Who is next in an operation: first those in order of arrival, then those behind.
DROP INDEX deliveries_in_line;
CREATE INDEX deliveries_in_line ON deliveries (operation_id, behind_until, message_id) WHERE state = 'due';

-- Those behind; they are few. A clock that is set back is noticed by a time that is too far ahead.
CREATE INDEX deliveries_behind ON deliveries (behind_until) WHERE behind_until > 0;
