//! The series of a family. One with a closed label has all of its series from the start, in the order of the label's values.

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::{MetricType, TypedMetric};
use prometheus_client::registry::{Metric, Registry};
use strum::VariantArray;

use crate::domain::time::Timestamp;

/// The most gateways and the most countries that have series of their own (rule 12).
pub const OPEN_LABELS_MAX: usize = 500;
/// The label of what the others have together. No gateway and no country has this name.
pub(super) const OTHERS: &str = "(others)";

/// A gauge that goes up and down.
pub type Level = Gauge;

/// Labels with their values.
pub(super) type Labels = Vec<(&'static str, String)>;

/// A label whose values are known.
pub trait ClosedLabel: VariantArray + Copy + PartialEq + Into<&'static str> {}

impl<L: VariantArray + Copy + PartialEq + Into<&'static str>> ClosedLabel for L {}

/// Where the value stands among those of its label.
fn index<L: ClosedLabel>(value: L) -> usize {
    let found = L::VARIANTS.iter().position(|one| *one == value);
    found.expect("a label has all of its values")
}

/// All series of a family. Its name and help are shown also when there are none, other than with the library's own.
#[derive(Debug, Clone)]
pub(super) struct Series<M>(pub(super) Arc<[(Labels, M)]>);

impl<M: EncodeMetric + TypedMetric> EncodeMetric for Series<M> {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        self.0
            .iter()
            .try_for_each(|(labels, metric)| metric.encode(encoder.encode_family(labels)?))
    }

    fn metric_type(&self) -> MetricType {
        M::TYPE
    }
}

/// A value that is read for one scrape.
pub(super) fn gauge<N>(value: N) -> ConstGauge<N> {
    ConstGauge::new(value)
}

/// Registers metrics without labels.
pub(super) trait OneSeries {
    /// Registers the metric, and returns it.
    fn one<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: M) -> M;
}

impl OneSeries for Registry {
    fn one<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: M) -> M {
        self.register(name, help, metric.clone());
        metric
    }
}

/// A family with one closed label.
#[derive(Debug)]
pub struct ByLabel<L, M> {
    series: Series<M>,
    label: PhantomData<L>,
}

impl<L: ClosedLabel, M: Metric + TypedMetric + Clone> ByLabel<L, M> {
    pub(super) fn register_with(
        registry: &mut Registry,
        (name, help): (&str, &str),
        label: &'static str,
        new: impl Fn() -> M,
    ) -> Self {
        let labels = L::VARIANTS
            .iter()
            .map(|value| vec![(label, (*value).into().to_owned())]);
        let series = Series(labels.map(|labels| (labels, new())).collect());
        registry.register(name, help, series.clone());
        Self {
            series,
            label: PhantomData,
        }
    }

    pub(super) fn register(registry: &mut Registry, name: &str, help: &str, label: &'static str) -> Self
    where
        M: Default,
    {
        Self::register_with(registry, (name, help), label, M::default)
    }

    /// The metric of that value.
    #[must_use]
    pub fn of(&self, value: L) -> &M {
        &self.series.0[index(value)].1
    }
}

/// A family with two closed labels.
#[derive(Debug)]
pub(super) struct ByLabels<A, B, M> {
    series: Series<M>,
    labels: PhantomData<(A, B)>,
}

impl<A: ClosedLabel, B: ClosedLabel, M: Metric + TypedMetric + Clone> ByLabels<A, B, M> {
    pub(super) fn register(
        registry: &mut Registry,
        (name, help): (&str, &str),
        (first, second): (&'static str, &'static str),
        new: impl Fn() -> M,
    ) -> Self {
        let mut series = Vec::with_capacity(A::VARIANTS.len() * B::VARIANTS.len());
        for a in A::VARIANTS {
            for b in B::VARIANTS {
                let [a, b]: [&str; 2] = [(*a).into(), (*b).into()];
                series.push((vec![(first, a.to_owned()), (second, b.to_owned())], new()));
            }
        }
        let series = Series(series.into());
        registry.register(name, help, series.clone());
        Self {
            series,
            labels: PhantomData,
        }
    }

    pub(super) fn of(&self, a: A, b: B) -> &M {
        &self.series.0[index(a) * B::VARIANTS.len() + index(b)].1
    }
}

/// When something happened last, in seconds since 1970; 0: never.
pub type TimeGauge = Gauge<f64, AtomicU64>;

/// A time in seconds since 1970.
pub(super) fn seconds(at: Timestamp) -> f64 {
    let ms = u64::try_from(at.as_ms()).unwrap_or(0);
    Duration::from_millis(ms).as_secs_f64()
}
