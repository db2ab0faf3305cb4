//! What is true of PostgreSQL alone: what it understands, and how it finds its rows.

mod connections;
mod plans;
mod starts;
