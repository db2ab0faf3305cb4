-- A long SMS may be cut into parts in the middle of an emoji, which is two units of UTF-16; no text can hold one of them.

-- The second unit of a character whose first one ends the part before: it stands before the text. NULL: none.
ALTER TABLE parts ADD COLUMN cut_before INTEGER CHECK (cut_before BETWEEN 56320 AND 57343);

-- The first unit of a character whose second one begins the next part: it stands after the text. NULL: none.
ALTER TABLE parts ADD COLUMN cut_after INTEGER CHECK (cut_after BETWEEN 55296 AND 56319);
