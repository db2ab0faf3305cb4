//! What the server stands on breaks: the disk, the power, the log, the network on both sides, the clock. What held is
//! written down in `docs/reliability.md`.

mod log;
