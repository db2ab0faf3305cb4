//! Messages on both sides.

use serde_json::Value;

use super::super::drive::Case;
use super::super::incoming::Message;
use super::super::state::{Fate, ModelState};
use super::{text, timestamp};

/// A message as both are compared. Several may have the same content.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Face {
    text: String,
    gateway: String,
    number: Option<String>,
    line: Option<String>,
    from: String,
    operation: Option<i64>,
    /// Why it is nobody's.
    unassigned: Option<String>,
    sent_at: Option<i64>,
    received_at: i64,
    incomplete: bool,
    withheld: bool,
    /// How far its delivery is.
    delivery: Option<String>,
}

impl Case {
    pub(super) async fn compare_messages(&self) {
        let (server, model) = (self.messages().await, of(&self.model));
        if server != model {
            // Only what differs is printed.
            let more = |these: &[Face], those: &[Face]| -> Vec<String> {
                let count = |faces: &[Face], one: &Face| faces.iter().filter(|other| *other == one).count();
                let is_more = |one: &&Face| count(these, one) > count(those, one);
                these.iter().filter(is_more).map(|one| format!("\n  {one:?}")).collect()
            };
            let (server, model) = (more(&server, &model).concat(), more(&model, &server).concat());
            panic!(
                "messages, {}\nin the server: {server}\nin the model: {model}",
                self.place
            );
        }
    }

    async fn messages(&self) -> Vec<Face> {
        let listed = self.server.admin_list("/v1/messages?limit=1000").await;
        let word = |value: &Value| value.as_str().map(str::to_owned);
        let face = |one: &Value| Face {
            text: text(&one["text"]),
            gateway: text(&one["gateway"]),
            number: word(&one["number"]),
            line: word(&one["line"]),
            from: text(&one["from"]),
            operation: one["operation"].as_i64(),
            unassigned: word(&one["unassigned_reason"]),
            sent_at: timestamp(&one["sent_at"]),
            received_at: timestamp(&one["received_at"]).unwrap(),
            incomplete: one["incomplete"].as_bool().unwrap(),
            withheld: one["withheld"].as_bool().unwrap(),
            delivery: word(&one["delivery"]["state"]),
        };
        let mut faces: Vec<Face> = listed.iter().map(face).collect();
        faces.sort();
        faces
    }
}

fn of(model: &ModelState) -> Vec<Face> {
    let state = |message: &Message| match message.fate {
        Fate::Due(_) => "due",
        Fate::Delivered => "delivered",
        Fate::NoOperation | Fate::BadService => "refused",
        Fate::Parked => "parked",
    };
    let delivery = |message: &Message| {
        let operation = message.operation.filter(|_| !message.is_withheld());
        operation.map(|_| state(message).to_owned())
    };
    let face = |message: &Message| Face {
        text: message.text.clone(),
        gateway: format!("bank{}", message.gateway),
        number: message.receiver.number.clone(),
        line: message.receiver.line.clone(),
        from: message.sender.to_owned(),
        operation: message.operation,
        unassigned: message.unassigned.map(str::to_owned),
        sent_at: message.sent_at,
        received_at: message.received_at,
        incomplete: message.is_incomplete,
        withheld: message.is_withheld(),
        delivery: delivery(message),
    };
    let mut faces: Vec<Face> = model.messages.iter().map(face).collect();
    faces.sort();
    faces
}
