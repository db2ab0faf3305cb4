//! What is true of SQLite alone: how it is opened, and how it finds its rows.

mod durability;
mod migration;
mod plans;
mod statements;
