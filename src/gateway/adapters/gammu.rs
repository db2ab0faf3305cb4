//! gammu-smsd: it cannot call a URL, so our script sends what `generic` reads.

use super::generic;
use crate::gateway::kind::GatewayKind;
use crate::gateway::settings::Setting;
use crate::gateway::setup::{Daemon, SetupText};

pub(super) static KIND: GatewayKind = GatewayKind {
    name: "gammu",
    parse: generic::parse_from_script,
    acknowledgement: None,
    setup: SetupText::Script {
        template: include_str!("../setup/gammu.txt"),
        daemon: Daemon {
            program: "gammu-smsd",
            user: "gammu",
            fields: include_str!("../setup/handler/gammu.sh"),
        },
    },
    takes: &[Setting::Answer],
    signs_url: false,
};
