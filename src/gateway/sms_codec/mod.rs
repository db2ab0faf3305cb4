//! How the mobile network and the web write texts: GSM 03.38 and SMPP's data coding, the user data header, UTF-16 with
//! lone surrogates, character sets.

pub(super) mod charset;
pub(super) mod data_coding;
mod gsm_03_38;
pub(super) mod udh;
pub(super) mod utf16;
