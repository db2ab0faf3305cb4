//! `GET /metrics`: every family from the start, what each counts, nothing secret; and that the alerts, the dashboard and the page
//! name what there is.

mod cost;
mod counted;
mod documents;
mod families;

use std::collections::BTreeMap;

use axum::http::Method;

use crate::support::TestServer;

/// One answer of `/metrics`.
pub struct Scrape {
    pub text: String,
    samples: BTreeMap<String, f64>,
}

impl Scrape {
    /// With the rows counted just before.
    pub async fn of(server: &TestServer) -> Self {
        server.app().flows.count_rows().await.unwrap();
        let answer = server.admin(Method::GET, "/metrics", None).await.ok();
        assert_eq!(
            answer.header("content-type"),
            "application/openmetrics-text; version=1.0.0; charset=utf-8"
        );
        Self::parse(answer.text())
    }

    pub fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let sample = |line: &str| {
            let (name, value) = line.rsplit_once(' ').expect("a sample has a value");
            (name.trim_end_matches("{}").to_owned(), value.parse().expect("a number"))
        };
        let mut samples = BTreeMap::new();
        for (name, value) in lines.map(sample) {
            assert!(
                samples.insert(name.clone(), value).is_none(),
                "{name} stands there twice"
            );
        }
        Self {
            text: text.to_owned(),
            samples,
        }
    }

    /// The value of `leaseline_NAME{LABELS}`.
    #[track_caller]
    pub fn value(&self, name: &str) -> f64 {
        let found = self.samples.get(&format!("leaseline_{name}"));
        *found.unwrap_or_else(|| panic!("leaseline_{name} is missing:\n{}", self.text))
    }

    pub fn has(&self, name: &str) -> bool {
        self.samples.contains_key(&format!("leaseline_{name}"))
    }

    /// All samples, with their labels.
    pub fn samples(&self) -> impl Iterator<Item = (&str, f64)> {
        self.samples.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// The names of all samples, without their labels.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.samples()
            .map(|(sample, _)| sample.split('{').next().unwrap_or(sample))
    }
}
