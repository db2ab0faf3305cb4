-- A pool without numbers costs every GET_SERVICES and every GET_NUMBER its time, so it leaves with the last number.

-- Whether a pool has numbers is one seek. Written only when a number comes or moves, not when it is rented.
CREATE INDEX numbers_by_pool ON numbers (pool_id);

-- Those that earlier imports left behind.
DELETE FROM pools
WHERE free = 0 AND rented = 0 AND NOT EXISTS (SELECT 1 FROM numbers AS n WHERE n.pool_id = pools.id);
