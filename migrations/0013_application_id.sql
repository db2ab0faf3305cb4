-- The file says whose it is, whatever its name: the letters LSLN.
PRAGMA application_id = 1280527438;
