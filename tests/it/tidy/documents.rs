//! Facts in the documents that the program decides.

use std::path::Path;

use leaseline::config::Config;
use leaseline::gateway::kind::GatewayKind;

use super::assert_none;

/// The README and the pages of `docs/`, with their names.
pub(super) fn documents() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages = std::fs::read_dir(root.join("docs")).unwrap();
    let paths = pages.map(|entry| entry.unwrap().path());
    let paths = paths.chain([root.join("README.md")]);
    let read = |path: std::path::PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        (path.file_name().unwrap().to_str().unwrap().to_owned(), text)
    };
    paths.map(read).collect()
}

#[test]
fn examples_call_the_ports_of_the_defaults() {
    let required = [
        ("LEASELINE_ONLINESIM__KEYS", "key-of-onlinesim"),
        ("LEASELINE_ADMIN__TOKEN", "token-of-the-admin"),
        ("LEASELINE_PUSH__URL", "http://127.0.0.1:9999"),
    ];
    let config = Config::load(None, required).unwrap();
    let ports = [config.onlinesim.listen.port(), config.admin.listen.port()].map(|port| port.to_string());
    let mut broken = Vec::new();
    for (name, text) in documents() {
        for called in text.split("localhost:").skip(1) {
            let port: String = called.chars().take_while(char::is_ascii_digit).collect();
            if !ports.contains(&port) {
                broken.push(format!("{name} calls localhost:{port}"));
            }
        }
    }
    assert_none(&broken, "nobody listens on that port");
}

#[test]
fn every_gateway_kind_has_a_row_and_a_section() {
    let documents = documents();
    let (_, page) = documents.iter().find(|(name, _)| name == "gateways.md").unwrap();
    let headings: Vec<String> = page.lines().map(str::to_lowercase).collect();
    let mut broken = Vec::new();
    for kind in GatewayKind::all() {
        let name = kind.name;
        if !page.contains(&format!("\n| [`{name}`](#{name}) |")) {
            broken.push(format!("{name} is not in the table"));
        }
        if !headings.contains(&format!("## {name}")) {
            broken.push(format!("{name} has no section"));
        }
        if !page.contains(&format!("--kind {name}\n")) && !page.contains(&format!("--kind {name} ")) {
            broken.push(format!("{name} has no command that sets it up"));
        }
    }
    let rows = page.lines().filter(|line| line.starts_with("| [`")).count();
    assert_eq!(rows, GatewayKind::all().len(), "a row for each kind");
    assert_none(&broken, "docs/gateways.md explains every kind of gateway");
}
