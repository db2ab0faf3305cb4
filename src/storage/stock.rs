//! Reads the stock, which numbers can be rented now, as one value. This is done for each GET_SERVICES and each batch of
//! GET_NUMBER, so its cost limits how many pools a server can have.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Deserialize;

use super::ReadTx;
use super::driver::{Read, Sql, statement};
use super::error::Error;
use crate::domain::inventory::PoolKey;
use crate::domain::stock::{GatewayId, Pool, PoolId, Stock};
use crate::domain::time::Timestamp;
use crate::domain::wire_name::{CountryName, OperatorName};

/// The stock at `now`: the pools of the gateways that are enabled and online, and how many more numbers of each gateway may
/// be rented. What never changes about `known` pools is not read again. For transactions that do not add or delete pools.
#[must_use]
pub fn stock(now: Timestamp, known: &Arc<PoolList>) -> Read<StockRows> {
    macro_rules! online {
        () => {
            " FROM gateways WHERE enabled = 1
                AND (heartbeat_timeout_ms IS NULL OR (heartbeat_at > $1 - heartbeat_timeout_ms
                                                      AND heartbeat_at <= $1 + heartbeat_timeout_ms))"
        };
    }
    // No join and no sum: each table is read once.
    let sql = Sql {
        sqlite: concat!(
            "SELECT json_array(v.version,
                 CASE WHEN v.version = $2 THEN NULL
                      ELSE (SELECT json_group_array(json_array(id, gateway_id, country, operator)) FROM pools) END,
                 (SELECT json_group_array(json_array(id, capacity - rented))",
            online!(),
            "), (SELECT json_group_array(json_array(id, free, rented, last_number)) FROM pools)) AS stock
             FROM pools_version AS v"
        ),
        // For PostgreSQL, format is three times as fast as json_build_array. What it writes needs no escapes.
        postgres: concat!(
            "SELECT concat('[', v.version, ',',
                 CASE WHEN v.version = $2 THEN 'null'
                      ELSE (SELECT CAST(coalesce(json_agg(json_build_array(id, gateway_id, country, operator)), '[]') AS TEXT)
                            FROM pools) END,
                 ',', (SELECT coalesce(json_agg(json_build_array(id, capacity - rented)), '[]')",
            online!(),
            "), ',[', (SELECT string_agg(format('[%s,%s,%s,\"%s\"]', id, free, rented, last_number), ',') FROM pools),
                 ']]') AS stock
             FROM pools_version AS v"
        ),
    };
    Read {
        statement: statement("pools", sql, [now.as_ms().into(), known.version.into()]),
        parse: |value| value.json("pools"),
    }
}

/// What never changes about pools, in the order of their ids, for one version of their table.
#[derive(Debug, Default)]
pub struct PoolList {
    /// Rises when pools are added or deleted; 0: nothing was read yet.
    version: i64,
    pools: Vec<(PoolId, PoolKey)>,
}

/// Caches the last list of pools; clones share it.
#[derive(Debug, Clone, Default)]
pub struct KnownPools(Arc<Mutex<Arc<PoolList>>>);

impl KnownPools {
    /// The cached list.
    #[must_use]
    pub fn list(&self) -> Arc<PoolList> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The stock at `now`.
    pub async fn read(&self, tx: &mut ReadTx, now: Timestamp) -> Result<Stock, Error> {
        let list = self.list();
        let rows = tx.read(stock(now, &list)).await?;
        self.stock(rows, list)
    }

    /// The stock of rows that were read with that list; a changed list is cached.
    pub fn stock(&self, rows: StockRows, known: Arc<PoolList>) -> Result<Stock, Error> {
        let StockRows(version, pools, gateways, counters) = rows;
        let list = match pools {
            None => known,
            Some(pools) => {
                let list = Arc::new(PoolList {
                    version,
                    pools: pool_list(pools)?,
                });
                let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                if newest.version < version {
                    *newest = Arc::clone(&list);
                }
                list
            }
        };
        counted(&list.pools, &gateways, counters)
    }
}

/// The stock as it is read: version, pools unless that version is known, gateways that are enabled and online, counters.
#[derive(Debug, Deserialize)]
pub struct StockRows(i64, Option<Vec<PoolRow>>, Vec<HeadroomRow>, Vec<CounterRow>);

/// Id, gateway, country, operator.
type PoolRow = (i64, i64, String, String);
/// Id of a gateway, and how many more numbers it may have rented, where it has a capacity.
type HeadroomRow = (i64, Option<i64>);
/// Id of a pool, free, rented, number issued last.
type CounterRow = (i64, u64, u64, String);

fn pool_list(rows: Vec<PoolRow>) -> Result<Vec<(PoolId, PoolKey)>, Error> {
    let corrupt = |column| Error::Corrupt { table: "pools", column };
    let pool = |(id, gateway, country, operator): PoolRow| {
        let key = PoolKey {
            gateway: GatewayId(gateway),
            country: CountryName::parse(&country).map_err(|_| corrupt("country"))?,
            operator: OperatorName::parse(&operator).map_err(|_| corrupt("operator"))?,
        };
        Ok((PoolId(id), key))
    };
    let mut pools: Vec<(PoolId, PoolKey)> = rows.into_iter().map(pool).collect::<Result<_, Error>>()?;
    pools.sort_unstable_by_key(|(id, _)| *id);
    Ok(pools)
}

fn counted(
    list: &[(PoolId, PoolKey)],
    gateways: &[HeadroomRow],
    mut counters: Vec<CounterRow>,
) -> Result<Stock, Error> {
    let online: HashMap<GatewayId, Option<i64>> = gateways.iter().map(|(id, left)| (GatewayId(*id), *left)).collect();
    let headroom = |(gateway, left): (&GatewayId, &Option<i64>)| Some((*gateway, u64::try_from((*left)?).unwrap_or(0)));
    let headroom = online.iter().filter_map(headroom).collect();
    counters.sort_unstable_by_key(|row| row.0);
    if counters.len() != list.len() {
        return Err(Error::Corrupt {
            table: "pools",
            column: "id",
        });
    }
    let mut pools = Vec::with_capacity(list.len());
    for ((id, key), (counted, free, rented, last_number)) in list.iter().zip(counters) {
        if id.0 != counted {
            return Err(Error::Corrupt {
                table: "pools",
                column: "id",
            });
        }
        if online.contains_key(&key.gateway) {
            pools.push(Pool {
                id: *id,
                gateway: key.gateway,
                country: key.country.clone(),
                operator: key.operator.clone(),
                free,
                rented,
                last_number: last_number.parse().ok(),
            });
        }
    }
    Ok(Stock::new(pools, headroom))
}
