//! How much of a disk is free, and when that is too little.

/// The disk of the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSpace {
    /// How much this process can write.
    pub free_bytes: u64,
    /// Its size.
    pub total_bytes: u64,
}

/// How much has to be free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskLimits {
    /// At least so many bytes,
    pub free_bytes_min: u64,
    /// and at least so many percent of the disk.
    pub free_percent_min: u64,
}

impl DiskSpace {
    /// Whether less is free than the limits demand.
    #[must_use]
    pub const fn is_low(self, limits: DiskLimits) -> bool {
        self.free_bytes < limits.free_bytes_min || self.free_percent() < limits.free_percent_min
    }

    /// How many percent are free, rounded down.
    #[must_use]
    pub const fn free_percent(self) -> u64 {
        match self.free_bytes.saturating_mul(100).checked_div(self.total_bytes) {
            Some(percent) => percent,
            None => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn a_disk_is_low_below_either_limit() {
        let limits = DiskLimits {
            free_bytes_min: GIB,
            free_percent_min: 5,
        };
        let is_low = |free_bytes, total_bytes| {
            let disk = DiskSpace {
                free_bytes,
                total_bytes,
            };
            disk.is_low(limits)
        };
        assert!(!is_low(GIB, 10 * GIB));
        assert!(is_low(GIB - 1, 10 * GIB));
        assert!(!is_low(5 * GIB, 100 * GIB));
        assert!(is_low(5 * GIB - 1, 100 * GIB));
        assert!(is_low(0, 0), "a disk of no size has nothing free");
    }
}
