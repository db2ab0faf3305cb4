-- The file's application id, independent of its name: the letters LSLN.
PRAGMA application_id = 1280527438;
