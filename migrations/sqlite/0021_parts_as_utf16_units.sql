-- The parts of a concatenated SMS are UTF-16 code units until they are joined: one may end inside a surrogate pair.

CREATE TABLE parts_as_units (
    concatenated_message_id INTEGER NOT NULL REFERENCES concatenated_messages (id),
    -- Its place, from 1.
    sequence                INTEGER NOT NULL CHECK (sequence BETWEEN 1 AND 255),
    -- Big-endian.
    units                   BLOB NOT NULL CHECK (length(units) % 2 = 0),
    PRIMARY KEY (concatenated_message_id, sequence)
) STRICT, WITHOUT ROWID;

WITH RECURSIVE encoded (id, sequence, units, code, rest, cut_after) AS (
    SELECT concatenated_message_id, sequence, iif(cut_before IS NULL, '', printf('%04X', cut_before)), unicode(text),
           substr(text, 2), cut_after
    FROM message_parts
    UNION ALL
    SELECT id, sequence,
           units || iif(code < 65536, printf('%04X', code), printf('%04X%04X', 55232 + code / 1024, 56320 + code % 1024)),
           unicode(rest), substr(rest, 2), cut_after
    FROM encoded WHERE code IS NOT NULL
)
INSERT INTO parts_as_units
SELECT id, sequence, unhex(units || iif(cut_after IS NULL, '', printf('%04X', cut_after))) FROM encoded WHERE code IS NULL;

DROP TABLE message_parts;
ALTER TABLE parts_as_units RENAME TO message_parts;

CREATE TRIGGER message_parts_lie_within_their_message BEFORE INSERT ON message_parts
BEGIN
    SELECT RAISE(ABORT, 'message_parts: the message has fewer parts, or is joined already')
    WHERE NOT EXISTS (SELECT 1 FROM concatenated_messages AS l
                      WHERE l.id = NEW.concatenated_message_id AND l.total >= NEW.sequence AND l.closed_at IS NULL);
END;
