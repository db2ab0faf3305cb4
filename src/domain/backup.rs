//! Backups that the server makes by itself: when, under which names, and which of them are deleted.

use std::path::PathBuf;
use std::time::Duration;

use super::day::Day;
use super::time::Timestamp;

/// What the names of the files begin and end with.
const PREFIX: &str = "leaseline-";
const SUFFIX: &str = ".db";

/// A backup may be late by half its interval, and by so much at least: it takes its time, and one may fail.
const LATENESS_MIN: Duration = Duration::from_mins(5);
/// The longest pause after a backup that failed.
const RETRY_MAX: Duration = Duration::from_mins(1);

/// When and where backups are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupSchedule {
    /// How long after a backup the next one is due; at least a second.
    pub every: Duration,
    /// How many are kept; at least one.
    pub keep: usize,
    /// The folder in which they are.
    pub folder: PathBuf,
}

impl BackupSchedule {
    /// How long until the next backup is due, after that last one. A backup of the future was made before the clock was set
    /// back: it does not count.
    #[must_use]
    pub fn due_in(&self, last: Option<Timestamp>, now: Timestamp) -> Duration {
        let last = last.filter(|last| *last <= now);
        last.map_or(Duration::ZERO, |last| self.every.saturating_sub(now.since(last)))
    }

    /// The pause after a backup that failed.
    #[must_use]
    pub fn retry_pause(&self) -> Duration {
        self.every.min(RETRY_MAX)
    }

    /// The age from which the last backup is too old.
    #[must_use]
    pub fn age_max(&self) -> Duration {
        self.every + LATENESS_MIN.max(self.every / 2)
    }

    /// Those of the backups in the folder that are deleted once `newest` is made: all but the last ones. Backups of the
    /// future are deleted first, so that they do not displace new ones.
    #[must_use]
    pub fn superfluous(&self, made: &[Timestamp], newest: Timestamp) -> Vec<Timestamp> {
        let mut others: Vec<Timestamp> = made.iter().copied().filter(|at| *at != newest).collect();
        others.sort_unstable_by_key(|at| (*at <= newest, *at));
        let excess = others.len().saturating_sub(self.keep.saturating_sub(1));
        others.truncate(excess);
        others
    }
}

/// The name of a backup that was begun then: `leaseline-2026-11-22T07-15-00Z.db`. Names sort by time.
#[must_use]
pub fn file_name(begun_at: Timestamp) -> String {
    format!("{PREFIX}{}{SUFFIX}", file_time(begun_at))
}

/// A time, in whole seconds, as names of files contain it: `2026-11-22T07-15-00Z`.
#[must_use]
pub fn file_time(at: Timestamp) -> String {
    let day = Day::of(at);
    let seconds = at.since(day.start()).as_secs();
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{day}T{hour:02}-{minute:02}-{second:02}Z")
}

/// When the backup of that name was begun; `None`: it is not the name of one.
#[must_use]
pub fn begun_at(name: &str) -> Option<Timestamp> {
    let time = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    let (day, rest) = time.split_once('T')?;
    let day: Day = day.parse().ok()?;
    let parts: Vec<u64> = rest
        .strip_suffix('Z')?
        .split('-')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let [hour @ 0..24, minute @ 0..60, second @ 0..60] = parts[..] else {
        return None;
    };
    let at = day.start() + Duration::from_secs(hour * 3600 + minute * 60 + second);
    // No other spelling of the same time.
    (file_name(at) == name).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_ms(seconds * 1000)
    }

    fn schedule(keep: usize) -> BackupSchedule {
        BackupSchedule {
            every: HOUR,
            keep,
            folder: PathBuf::new(),
        }
    }

    #[test]
    fn names_are_times_and_other_names_are_not() {
        let name = file_name(Timestamp::from_ms(1_795_132_800_999));
        assert_eq!(name, "leaseline-2026-11-20T00-00-00Z.db");
        assert_eq!(begun_at(&name), Some(Timestamp::from_ms(1_795_132_800_000)));
        for seconds in [0, 59, 60, 3_599, 3_600, 86_399, 86_400, 1_795_132_861] {
            assert_eq!(begun_at(&file_name(at(seconds))), Some(at(seconds)));
        }
        for name in [
            "",
            "leaseline.db",
            "leaseline-2026-11-20T00-00-00Z.db-wal",
            "leaseline-2026-11-20T00-00-00Z.partial",
            "leaseline-2026-11-20T00-00-60Z.db",
            "leaseline-2026-11-20T24-00-00Z.db",
            "leaseline-2026-11-20T0-0-0Z.db",
            "leaseline-2026-11-20T+0-00-00Z.db",
            "leaseline-2026-02-30T00-00-00Z.db",
            "leaseline-2026-11-20T99999999999999999999-00-00Z.db",
            "leaseline-2026-11-20T18446744073709551615-00-00Z.db",
            "my-leaseline-2026-11-20T00-00-00Z.db",
        ] {
            assert_eq!(begun_at(name), None, "{name}");
        }
    }

    #[test]
    fn a_backup_is_due_when_the_last_one_is_old_enough() {
        let schedule = schedule(1);
        assert_eq!(schedule.due_in(None, at(0)), Duration::ZERO);
        assert_eq!(schedule.due_in(Some(at(0)), at(600)), Duration::from_secs(3000));
        assert_eq!(schedule.due_in(Some(at(0)), at(9000)), Duration::ZERO);
        assert_eq!(schedule.due_in(Some(at(9000)), at(0)), Duration::ZERO, "of the future");
        assert_eq!(schedule.age_max(), Duration::from_mins(90));
    }

    #[test]
    fn the_newest_are_kept_and_those_of_the_future_go_first() {
        let made = [at(3), at(1), at(99), at(2), at(4)];
        assert_eq!(schedule(2).superfluous(&made, at(4)), [at(99), at(1), at(2)]);
        assert_eq!(schedule(4).superfluous(&made, at(4)), [at(99)]);
        assert_eq!(schedule(9).superfluous(&made, at(4)), []);
        assert_eq!(schedule(1).superfluous(&[at(4)], at(4)), []);
    }
}
