//! The inventory: numbers are imported, listed, looked at, and taken in and out of use.

pub mod csv;
mod import;
pub mod json;

pub(super) use import::import;
