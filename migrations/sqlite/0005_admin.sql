-- What the admin asks for that no index answered before. Each holds few rows or grows at its end.

-- The numbers that the admin took out of use, in their order.
CREATE INDEX numbers_disabled ON numbers (number) WHERE enabled = 0;

-- The messages that belong to no operation, in order of arrival.
CREATE INDEX messages_unassigned ON messages (id) WHERE operation_id IS NULL;

-- The lines of one operation.
CREATE INDEX ledger_by_operation ON ledger (operation_id, id);
