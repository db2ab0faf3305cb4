//! What is true of SQLite alone: how it is opened, and how it finds its rows.

mod check;
mod cost_plans;
mod durability;
mod file;
mod gateway_changes;
mod growth;
mod migration;
mod plans;
mod retention_plans;
