//! smstools (smsd): it cannot call a URL, so our script sends what `generic` reads.

use super::generic;
use crate::gateway::kind::GatewayKind;
use crate::gateway::settings::Setting;
use crate::gateway::setup::{Daemon, SetupText};

pub(super) static KIND: GatewayKind = GatewayKind {
    name: "smstools",
    parse: generic::parse_from_script,
    acknowledgement: None,
    setup: SetupText::Script {
        template: include_str!("../setup/smstools.txt"),
        daemon: Daemon {
            program: "smsd",
            user: "smsd",
            fields: include_str!("../setup/handler/smstools.sh"),
        },
    },
    takes: &[Setting::Answer],
    signs_url: false,
};
