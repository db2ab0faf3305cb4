//! Golden requests and exact answers of Onlinesim's protocol.

mod authorization;
mod finish_activation;
mod gateway;
mod gateway_kinds;
mod gateway_methods;
mod get_number;
mod get_number_refused;
mod get_services;
mod http;
mod push_sms;
mod slowed;
mod unread;
mod wire;

use crate::support::{KEY, TestServer};

/// A request's body as text, so that a number stays as it was written.
#[derive(Clone)]
struct Fields(Vec<(String, String)>);

impl Fields {
    /// Fields with their JSON texts; the key is added.
    fn new(fields: &[(&str, &str)]) -> Self {
        let owned = |(name, json): &(&str, &str)| ((*name).to_owned(), (*json).to_owned());
        let mut all: Vec<_> = fields.iter().map(owned).collect();
        all.push(("key".to_owned(), format!("\"{KEY}\"")));
        Self(all)
    }

    /// The fields with one changed (`sum=-1`) or taken away (`no sum`).
    fn changed(&self, change: &str) -> Self {
        let mut fields = self.clone();
        if let Some(name) = change.strip_prefix("no ") {
            fields.0.retain(|(field, _)| field != name);
        } else {
            let (name, json) = change.split_once('=').expect("a change is `field=json`");
            fields.0.retain(|(field, _)| field != name);
            fields.0.push((name.to_owned(), json.to_owned()));
        }
        fields
    }

    fn json(&self) -> String {
        let fields: Vec<String> = self.0.iter().map(|(name, json)| format!("\"{name}\":{json}")).collect();
        format!("{{{}}}", fields.join(","))
    }
}

/// Posts the fields once with each change, and writes a line for each: the change, then status and body of the answer.
async fn table(server: &TestServer, path: &str, fields: &Fields, changes: &[&str]) -> String {
    let mut lines = Vec::with_capacity(changes.len());
    for change in changes {
        let answer = server.post_text(path, fields.changed(change).json()).await;
        lines.push(format!("{change}\n  {}", answer.line()));
    }
    lines.join("\n")
}

/// The same with whole bodies.
async fn table_of_bodies(server: &TestServer, path: &str, bodies: &[&str]) -> String {
    let mut lines = Vec::with_capacity(bodies.len());
    for body in bodies {
        let answer = server.post_text(path, (*body).to_owned()).await;
        lines.push(format!("{body}\n  {}", answer.line()));
    }
    lines.join("\n")
}

fn get_services() -> Fields {
    Fields::new(&[("action", "\"GET_SERVICES\"")])
}

fn get_number() -> Fields {
    Fields::new(&[("action", "\"GET_NUMBER\""), ("service", "\"rent\""), ("sum", "320")])
}

fn finish_activation() -> Fields {
    Fields::new(&[
        ("action", "\"FINISH_ACTIVATION\""),
        ("activationId", "1"),
        ("status", "3"),
        ("service", "\"rent\""),
        ("sum", "870"),
    ])
}
