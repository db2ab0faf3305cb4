//! The end of a sequence: what was promised is asked for, and what is left to do is done.

use serde_json::json;

use super::super::observed::Seen;
use super::super::parts::Long;
use super::super::plan::Ask;
use super::super::state::{Fate, MINUTE, RETRY_EVERY};
use super::Case;

impl Case {
    pub async fn end(mut self) -> Seen {
        self.honour(self.serial % 2 == 0).await;
        self.settle().await;
        self.server.close().await;
        self.seen
    }

    /// Rule 4: everything that is promised now can be rented, in whatever order, and not one more.
    pub async fn honour(&mut self, backwards: bool) {
        let promised = self.server.services().await;
        // See `rule_4_what_is_promised_of_an_operator_is_honoured`: that is looked at there.
        let filters = self.inventory.ends_with_filters && !self.model.shares_capacity();
        let mut asks = Vec::new();
        for (country, operators) in &promised {
            for (operator, count) in operators.iter().filter(|(operator, _)| *operator != "any") {
                let names = self.inventory.numbers.iter();
                let (country, operator) = names
                    .map(|(_, _, country, operator)| (*country, *operator))
                    .find(|names| *names == (country, operator))
                    .expect("only our names are promised");
                for _ in 0..*count {
                    asks.push(Ask {
                        country: filters.then_some(country),
                        operator: filters.then_some(operator),
                        excluded: Vec::new(),
                        is_lost: false,
                    });
                }
            }
        }
        if backwards {
            asks.reverse();
        }
        self.place = format!("at the end, renting all of {promised:?}");
        let before = self.model.operations.len();
        // One after another when they differ.
        for ask in asks.chunks(if filters { 1 } else { 100 }) {
            self.rent(ask).await;
        }
        let rented = self.model.operations.len() - before;
        assert_eq!(
            rented,
            asks.len(),
            "rule 4: rented of what was promised, {}",
            self.place
        );
        self.seen.note("promised and rented", rented);
        assert_eq!(
            self.server.get_number_with(json!({})).await,
            None,
            "rule 4: nothing is left, {}",
            self.place
        );
        self.compare().await;
    }

    /// Onlinesim cancels whatever is open, and the numbers rest.
    pub async fn cancel_all(&mut self) {
        let operations = self.model.operations.iter();
        let open: Vec<i64> = operations
            .filter(|(_, one)| one.end.is_none())
            .map(|(id, _)| *id)
            .collect();
        for id in open {
            self.finish(id, 4, 0, false).await;
        }
        self.compare().await;
        self.wait(self.model.rest);
        self.tick().await;
        self.compare().await;
    }

    /// Rule 7: every message is pushed until it is settled.
    async fn settle(&mut self) {
        self.place = "at the end, settling what is due".to_owned();
        let is_due = |case: &Self| {
            let mut own = case.model.messages.iter().filter(|message| message.operation.is_some());
            own.any(|message| matches!(message.fate, Fate::Due(_)))
        };
        let is_waiting = |case: &Self| case.model.longs.iter().any(Long::is_waiting);
        while is_due(self) || is_waiting(self) {
            self.wait(if is_due(self) { RETRY_EVERY } else { MINUTE });
            self.tick().await;
        }
        self.compare().await;
    }
}
