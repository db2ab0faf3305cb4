//! Time and random numbers, injected: only this module gets them from the machine.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

use crate::domain::time::{Timestamp, duration_ms};

/// What time it is. Cheap to clone; clones of a fixed clock move together.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System(Instant),
    Fixed {
        wall_ms: Arc<AtomicI64>,
        monotonic_ms: Arc<AtomicI64>,
    },
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System(Instant::now()))
    }

    /// A clock that stands still until it is moved, for tests.
    #[must_use]
    pub fn fixed(at: Timestamp) -> Self {
        Self(Source::Fixed {
            wall_ms: Arc::new(AtomicI64::new(at.as_ms())),
            monotonic_ms: Arc::default(),
        })
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::Fixed { wall_ms, .. } => Timestamp::from_ms(wall_ms.load(Ordering::SeqCst)),
            #[expect(clippy::disallowed_methods, reason = "this is the clock")]
            Source::System(_) => Timestamp::from_ms(Utc::now().timestamp_millis()),
        }
    }

    /// The time since the clock was created, by a clock that cannot be set.
    #[must_use]
    pub fn monotonic(&self) -> Duration {
        match &self.0 {
            Source::System(started) => started.elapsed(),
            Source::Fixed { monotonic_ms, .. } => {
                Duration::from_millis(u64::try_from(monotonic_ms.load(Ordering::SeqCst)).unwrap_or(0))
            }
        }
    }

    /// Advances a fixed clock; does nothing to the machine's.
    pub fn advance(&self, duration: Duration) {
        if let Source::Fixed { wall_ms, monotonic_ms } = &self.0 {
            wall_ms.fetch_add(duration_ms(duration), Ordering::SeqCst);
            monotonic_ms.fetch_add(duration_ms(duration), Ordering::SeqCst);
        }
    }

    /// Sets a fixed clock, also back; its monotonic time stays.
    pub fn set(&self, to: Timestamp) {
        if let Source::Fixed { wall_ms, .. } = &self.0 {
            wall_ms.store(to.as_ms(), Ordering::SeqCst);
        }
    }
}

/// A time as RFC 3339 in UTC with milliseconds: `2026-11-20T22:00:00.000Z`.
#[must_use]
pub fn rfc3339(at: Timestamp) -> String {
    let time = DateTime::from_timestamp_millis(at.as_ms()).unwrap_or(DateTime::<Utc>::MAX_UTC);
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A time as mail writes it (RFC 5322), in UTC: `Fri, 20 Nov 2026 22:00:00 +0000`.
#[must_use]
pub fn rfc5322(at: Timestamp) -> String {
    let time = DateTime::from_timestamp_millis(at.as_ms()).unwrap_or(DateTime::<Utc>::MAX_UTC);
    time.format("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// The time of an RFC 3339 text, with any offset; `None` when it is not RFC 3339.
#[must_use]
pub fn parse_rfc3339(text: &str) -> Option<Timestamp> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    Some(Timestamp::from_ms(time.timestamp_millis()))
}

/// The time of a header such as `Date` (RFC 9110, in its current form); `None` when it is another text.
#[must_use]
pub fn parse_http_date(text: &str) -> Option<Timestamp> {
    let time = DateTime::parse_from_rfc2822(text).ok()?;
    Some(Timestamp::from_ms(time.timestamp_millis()))
}

/// Random numbers and tokens. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Random(Option<Arc<Mutex<StdRng>>>);

impl Random {
    /// The machine's random numbers, secure enough for secrets.
    #[must_use]
    pub const fn system() -> Self {
        Self(None)
    }

    /// Reproducible numbers, for tests only.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Some(Arc::new(Mutex::new(StdRng::seed_from_u64(seed)))))
    }

    /// A random number.
    #[must_use]
    pub fn number(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// A token of 32 hexadecimal digits, 122 bits of them random.
    #[must_use]
    pub fn token(&self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes)
            .into_uuid()
            .simple()
            .encode_lower(&mut Uuid::encode_buffer())
            .to_owned()
    }

    fn fill(&self, bytes: &mut [u8]) {
        match &self.0 {
            Some(seeded) => seeded.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes),
            #[expect(clippy::disallowed_methods, reason = "this is random")]
            None => rand::rng().fill_bytes(bytes),
        }
    }
}
