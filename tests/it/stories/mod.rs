//! Rentals from end to end, with a clock that the test moves. A test that keeps a rule of section 2 of the design is
//! named after it.

mod archive;
mod assignment;
mod backups;
mod batches;
mod cut_emoji;
mod declined;
mod deliveries;
mod erasure;
mod failures;
mod gateways;
mod growth;
mod holds;
mod hung_up;
mod inventory;
mod late_parts;
mod lines;
mod messages;
mod money;
mod offers;
mod parts;
mod pools;
mod renting;
mod repeated;
mod rest;
mod restored;
mod retention;
mod secrets;
mod settling;
mod silence;
mod troubles;
mod withheld;
