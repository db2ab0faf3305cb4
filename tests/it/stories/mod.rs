//! Rentals from end to end, told with a clock that the test moves. A test that keeps a rule of section 2 of the design is
//! named after it.

mod deliveries;
mod failures;
mod gateways;
mod inventory;
mod messages;
mod money;
mod renting;
mod secrets;
mod settling;
mod silence;
