//! One file per kind of gateway: it reads the requests of one program or box.

pub(super) mod generic;
pub(super) mod jasmin;
pub(super) mod kannel;
pub(super) mod simbox;
pub(super) mod sms_gate;
pub(super) mod twilio;
