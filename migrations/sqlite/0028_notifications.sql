-- Notifications of troubles: what is still to be sent to the operator, on which channel.

-- One for each trouble and channel, from the time at which the trouble is first reported until its end was sent.
CREATE TABLE notifications (
    -- A trouble that is deleted takes its notifications with it.
    trouble_id   INTEGER NOT NULL REFERENCES troubles (id) ON DELETE CASCADE,
    channel      TEXT NOT NULL CHECK (channel IN ('telegram', 'webhook', 'mail')),
    -- What is sent next: that it began, that it lasts, that it is over.
    state        TEXT NOT NULL CHECK (state IN ('began', 'lasts', 'recovered')),
    -- Since when, or from when on, it is to be sent.
    due_at       INTEGER NOT NULL,
    -- Until when an attempt may be under way; in the past: when the last one failed.
    leased_until INTEGER,
    -- Attempts of all states; an answer counts for its own attempt only.
    attempts     INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    PRIMARY KEY (trouble_id, channel),
    -- The end of what was never sent is not sent.
    CHECK (attempts > 0 OR state = 'began')
) STRICT;

-- What is due on a channel.
CREATE INDEX notifications_due ON notifications (channel, due_at);

-- Channels whose last attempt failed.
CREATE TABLE notification_channels (
    channel      TEXT PRIMARY KEY CHECK (channel IN ('telegram', 'webhook', 'mail')),
    -- Failures since the last success.
    failures     INTEGER NOT NULL CHECK (failures >= 1),
    -- Until when nothing is sent.
    paused_until INTEGER NOT NULL,
    -- Why the last one failed, for people; never a secret (rule 11).
    reason       TEXT NOT NULL
) STRICT;
