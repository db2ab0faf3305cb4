//! A histogram without a lock: the library's own has one, which all rentals would wait for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::{MetricType, TypedMetric};

/// The upper bounds of the buckets, in millionths; the last bucket has none.
#[derive(Debug, Clone, Copy)]
pub struct Bounds(&'static [u64]);

impl Bounds {
    /// Of an answer: 1 ms to 10 s. 8 s is the default deadline of a request.
    pub const ANSWER: Self = Self(&[
        1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
        8_000_000, 10_000_000,
    ]);
    /// From a rental to its first SMS: 5 s to the 20 minutes of the guard interval.
    pub const FIRST_SMS: Self = Self(&[
        5_000_000,
        10_000_000,
        20_000_000,
        30_000_000,
        60_000_000,
        120_000_000,
        300_000_000,
        600_000_000,
        1_200_000_000,
    ]);
    /// From an SMS to its acceptance: 100 ms to an hour, with the 10 s after which a push is repeated.
    pub const ACCEPTANCE: Self = Self(&[
        100_000,
        250_000,
        500_000,
        1_000_000,
        2_500_000,
        5_000_000,
        10_000_000,
        30_000_000,
        60_000_000,
        300_000_000,
        1_200_000_000,
        3_600_000_000,
    ]);
    /// Of a count up to 256.
    pub const BATCH: Self = Self(&[
        1_000_000,
        2_000_000,
        4_000_000,
        8_000_000,
        16_000_000,
        32_000_000,
        64_000_000,
        128_000_000,
        256_000_000,
    ]);
}

/// How many of what was measured lie in each bucket, and the sum. Clones share it.
#[derive(Debug, Clone)]
pub struct Histogram(Arc<Buckets>);

#[derive(Debug)]
struct Buckets {
    bounds: &'static [u64],
    /// One for each bound, and one for what is larger.
    counts: Box<[AtomicU64]>,
    /// In millionths.
    sum: AtomicU64,
}

impl Histogram {
    /// An empty one.
    #[must_use]
    pub fn new(Bounds(bounds): Bounds) -> Self {
        Self(Arc::new(Buckets {
            bounds,
            counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0),
        }))
    }

    /// Counts a duration.
    pub fn observe(&self, took: Duration) {
        self.add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    /// Counts a count.
    pub fn observe_count(&self, count: usize) {
        self.add(u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(1_000_000));
    }

    fn add(&self, millionths: u64) {
        let Buckets { bounds, counts, sum } = &*self.0;
        let bucket = bounds.iter().take_while(|bound| millionths > **bound).count();
        counts[bucket].fetch_add(1, Ordering::Relaxed);
        sum.fetch_add(millionths, Ordering::Relaxed);
    }
}

/// Millionths as a number of units.
fn units(millionths: u64) -> f64 {
    Duration::from_micros(millionths).as_secs_f64()
}

impl TypedMetric for Histogram {
    const TYPE: MetricType = MetricType::Histogram;
}

impl EncodeMetric for Histogram {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> Result<(), std::fmt::Error> {
        let Buckets { bounds, counts, sum } = &*self.0;
        let bounds = bounds.iter().map(|bound| units(*bound)).chain([f64::INFINITY]);
        let counts = counts.iter().map(|count| count.load(Ordering::Relaxed));
        let buckets: Vec<(f64, u64)> = bounds.zip(counts).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        let sum = units(sum.load(Ordering::Relaxed));
        encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        Self::TYPE
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;

    use super::*;

    #[test]
    fn a_value_is_counted_in_every_bucket_that_it_does_not_exceed() {
        let measured = Histogram::new(Bounds::ANSWER);
        for ms in [0, 1, 2, 10_000, 10_001] {
            measured.observe(Duration::from_millis(ms));
        }
        let mut registry = Registry::default();
        registry.register("took", "How long", measured);
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        for line in [
            "took_sum 20.004",
            "took_count 5",
            "took_bucket{le=\"0.001\"} 2",
            "took_bucket{le=\"0.0025\"} 3",
            "took_bucket{le=\"8.0\"} 3",
            "took_bucket{le=\"10.0\"} 4",
            "took_bucket{le=\"+Inf\"} 5",
        ] {
            assert!(text.lines().any(|written| written == line), "{line}\n{text}");
        }
    }
}
