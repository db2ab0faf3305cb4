//! One file per kind of gateway: its descriptor, and how the requests of its program are read.

use super::kind::GatewayKind;

mod carrierx;
mod gammu;
pub(super) mod generic;
mod jasmin;
mod kannel;
mod multitel;
mod simbox;
mod sms_gate;
mod smstools;
mod twilio;

/// The kinds, in the order in which they are listed.
pub(super) static ALL: [&GatewayKind; 10] = [
    &generic::KIND,
    &kannel::KIND,
    &jasmin::KIND,
    &gammu::KIND,
    &smstools::KIND,
    &sms_gate::KIND,
    &twilio::KIND,
    &simbox::KIND,
    &multitel::KIND,
    &carrierx::KIND,
];

#[cfg(test)]
mod tests;
