//! The admin imports the lines of numbers.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::lines::{Placed, Row};
use super::super::plan::Pick;
use super::Case;

impl Case {
    pub async fn put_on_line(&mut self, number: u64, line: Option<&'static str>) {
        let path = format!("/v1/numbers/{number}");
        let body = Some(json!({ "line": line }));
        let answer = self.server.admin(Method::PATCH, &path, body).await;
        let before = self.model.numbers[&number].line;
        let is_put = self.model.put_on_line(number, line);
        assert_eq!(answer.code(), if is_put { 200 } else { 409 }, "{}", self.place);
        self.seen.note(
            match is_put {
                false => "line taken",
                true if before == line => "line imported again",
                true => "line changed",
            },
            1,
        );
    }

    /// Numbers that are there already.
    pub async fn import(&mut self, rows: &[(Pick, Option<Pick>, Option<&'static str>)]) {
        let rows: Vec<Row> = rows
            .iter()
            .map(|(number, gateway, line)| {
                let number = self.number(*number);
                let there = self.model.numbers[&number].gateway;
                let gateway = gateway.map_or(there, |gateway| gateway.of(self.gateways.len()));
                Row {
                    number,
                    gateway,
                    line: *line,
                }
            })
            .collect();
        let body = rows.iter().map(|row| {
            let number = &self.model.numbers[&row.number];
            json!({
                "number": row.number.to_string(),
                "country": number.country,
                "operator": number.operator,
                "gateway": self.gateways[row.gateway].name,
                "line": row.line,
            })
        });
        let report = self.server.admin_post("/v1/numbers", body.collect()).await.ok().json();
        let placed: Vec<Placed> = rows.into_iter().map(|row| self.model.import(row)).collect();
        let count = |what| placed.iter().filter(|one| **one == what).count();
        let counts = [Placed::Updated, Placed::Unchanged].map(count);
        assert_eq!(
            json!([report["added"], report["updated"], report["unchanged"]]),
            json!([0, counts[0], counts[1]]),
            "{report}, {placed:?}, {}",
            self.place
        );
        let rejected: Vec<&Value> = report["rejected"].as_array().unwrap().iter().collect();
        let rejected: Vec<u64> = rejected.iter().map(|row| row["line"].as_u64().unwrap()).collect();
        let expected = (1..).zip(&placed).filter(|(_, one)| **one == Placed::Rejected);
        let expected: Vec<u64> = expected.map(|(place, _)| place).collect();
        assert_eq!(rejected, expected, "{report}, {}", self.place);
    }
}
