//! What `leaseline gateway new` prints, and the scripts in it, run with the real curl.
//!
//! What needs a program besides the C compiler runs only when asked for: `cargo test --test it setup:: -- --ignored`.

mod gammu;
mod gateway_commands;
mod gateway_new;
mod handler;
mod readme;
mod scripted_admin;
mod server;
mod smstools;
mod supplier_buy;
mod supplier_commands;
mod supplier_story;
mod try_commands;
mod unstorable;

use std::process::{Command, Stdio};

/// Texts that quoting, forms and shells have broken before.
pub const ODD_TEXTS: [&str; 10] = [
    "Код 4821\nвторая строка\n\n",
    "\n\n\tbegins late",
    "\"double\" 'single' `id` $HOME $(id) ${x} \\n \\\\ !!",
    "100% %41 %s a=b&c=d+e;f #x",
    "😀 👩‍👩‍👧 \u{200f}שלום",
    " blanks around ",
    "@/etc/hostname",
    "-n",
    "=x",
    "",
];

/// The tests of this module cannot do without them.
pub fn need(tools: &[&str]) {
    for tool in tools {
        let mut command = Command::new("sh");
        command.args(["-c", "command -v \"$0\"", tool]).stdout(Stdio::null());
        let found = command.status().expect("there is a shell");
        assert!(found.success(), "{tool} is not installed; .ci/run installs it");
    }
}

/// Shell is code, too.
#[test]
#[ignore = "needs shellcheck; .ci/run installs it"]
fn the_scripts_are_clean() {
    need(&["shellcheck"]);
    for kind in handler::KINDS {
        let place = handler::Place::new(kind, "http://127.0.0.1:1");
        let checked = Command::new("shellcheck").arg(place.script()).output().unwrap();
        assert!(
            checked.status.success(),
            "{kind}: {}",
            String::from_utf8_lossy(&checked.stdout)
        );
    }
}
