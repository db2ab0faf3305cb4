-- The tables, as those of `migrations/sqlite/` in the end, and the functions by which most statements suit both databases.

-- As json_each and jsonb_each of SQLite, for an array.
CREATE FUNCTION json_each(list text) RETURNS TABLE (key bigint, value jsonb, atom text)
LANGUAGE sql IMMUTABLE ROWS 100 AS $$
    SELECT item.position - 1, item.value, item.value #>> '{}'
    FROM jsonb_array_elements(CAST(list AS jsonb)) WITH ORDINALITY AS item (value, position)
$$;

CREATE FUNCTION jsonb_each(list text) RETURNS TABLE (key bigint, value jsonb, atom text)
LANGUAGE sql IMMUTABLE ROWS 100 AS $$
    SELECT item.position - 1, item.value, item.value #>> '{}'
    FROM jsonb_array_elements(CAST(list AS jsonb)) WITH ORDINALITY AS item (value, position)
$$;

-- The bytes of hexadecimal digits.
CREATE FUNCTION unhex(digits text) RETURNS bytea
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT decode(digits, 'hex') $$;

-- Refuses a statement that changed another number of rows than it had to.
CREATE FUNCTION ensure_rows(changed bigint, expected bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
    IF changed IS DISTINCT FROM expected THEN
        RAISE EXCEPTION 'another number of rows changed' USING ERRCODE = 'LL001', DETAIL = changed;
    END IF;
    RETURN changed;
END
$$;
