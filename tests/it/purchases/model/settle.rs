//! The end of a sequence: nothing fails any more, and time goes by until all is known.

use std::time::Duration;

use axum::http::Method;

use super::Seen;
use super::books::Wholesale;
use super::drive::Case;
use crate::support::suppliers::WholesalerControl as _;

/// After so many hours whatever can be known is known: a pause ends after an hour, and a look-up is repeated each hour.
const HOURS_MAX: usize = 48;

impl Case {
    pub async fn end(mut self) -> Seen {
        self.market.carrierx.forget_faults();
        self.market.multitel.forget_faults();
        self.market.cm.forget_faults();
        self.market.multitel.api(|api| api.has_balance = true);
        self.market.multitel.api(|api| api.reserved.clear());
        let rule = "/v1/restock/carrierx/united%20states";
        self.market.server.admin(Method::DELETE, rule, None).await;
        self.end_rentals().await;
        for _ in 0..HOURS_MAX {
            self.resume().await;
            self.market.carrierx.api(|api| {
                api.external_conflicts = 0;
                api.fill_external();
                api.finish_messaging("enabled");
            });
            self.fill_all();
            self.market.server.tick_after(Duration::from_secs(3600)).await;
            self.check().await;
            if Wholesale::ALL.iter().all(|who| self.unsettled(*who).next().is_none()) {
                break;
            }
        }
        self.check_settled();
        self.honour().await;
        let (market, seen) = self.into_seen();
        market.close().await;
        seen
    }

    /// The staff fills what is open with as many numbers as were ordered.
    fn fill_all(&mut self) {
        while let Some((index, quantity)) = self.open_requests().first().copied() {
            self.fill(index, quantity);
        }
    }

    async fn end_rentals(&mut self) {
        for (id, _) in std::mem::take(&mut self.shown.rentals) {
            self.market.server.finish(id, 4, "0").await;
        }
    }

    /// As many numbers are rented as were promised.
    async fn honour(&mut self) {
        let promised = self.market.server.promised().await;
        for _ in 0..promised {
            self.market.server.rent().await;
        }
        assert_eq!(
            self.market.server.get_number().await,
            None,
            "nobody promised more than {promised}"
        );
        self.check().await;
        self.end_rentals().await;
        self.market.server.tick().await;
    }
}
