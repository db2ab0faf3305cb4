//! What is true of SQLite alone: how it is opened, and how it finds its rows.

mod check;
mod durability;
mod file;
mod growth;
mod migration;
mod plans;
mod statements;
