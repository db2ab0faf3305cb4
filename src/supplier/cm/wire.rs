//! JSON of CM.com. Types and rules of the fields are documented, their names are not: they come from [`CmWireNames`].

use serde_json::{Map, Value};

use crate::domain::phone::PhoneNumber;
use crate::domain::purchase::request::{AreaSelection, PurchaseMark};
use crate::supplier::message::message;

/// All that is inferred of CM.com's API: names of members, words and a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CmWireNames {
    /// How many numbers are ordered.
    pub quantity: String,
    /// How many numbers a range has.
    pub range_size: String,
    /// The type of number.
    pub number_type: String,
    /// The area code.
    pub area_code: String,
    /// The city.
    pub city: String,
    /// The region.
    pub region: String,
    /// The comment, which has our mark in it.
    pub comment: String,
    /// Where changes of the status are reported.
    pub callback: String,
    /// The order's own id.
    pub id: String,
    /// The status.
    pub status: String,
    /// The numbers: texts, or objects with `number`.
    pub numbers: String,
    /// Why an order was refused.
    pub reason: String,
    /// The words of `status` for an order that is filled; case does not matter.
    pub done: Vec<String>,
    /// The words of `status` for an order that will never be filled.
    pub refused: Vec<String>,
    /// The path of an order below the account; `{id}` stands for its id.
    pub read: String,
}

impl Default for CmWireNames {
    fn default() -> Self {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            quantity: "quantity".to_owned(),
            range_size: "rangeSize".to_owned(),
            number_type: "type".to_owned(),
            area_code: "areaCode".to_owned(),
            city: "city".to_owned(),
            region: "region".to_owned(),
            comment: "comment".to_owned(),
            callback: "callbackUrl".to_owned(),
            id: "id".to_owned(),
            status: "status".to_owned(),
            numbers: "numbers".to_owned(),
            reason: "reason".to_owned(),
            done: words(&["completed", "done", "finished"]),
            refused: words(&["rejected", "refused", "cancelled", "canceled"]),
            read: "numberrequests/{id}".to_owned(),
        }
    }
}

impl CmWireNames {
    /// The segments of an order's path; `None`: the id would change the path.
    pub(super) fn read_path(&self, id: &str) -> Option<Vec<String>> {
        if id.is_empty() || matches!(id, "." | "..") {
            return None;
        }
        let segments = self.read.split('/').filter(|segment| !segment.is_empty());
        Some(segments.map(|segment| segment.replace("{id}", id)).collect())
    }
}

/// The body of an order. The comment has our mark first, then what the partner wants to say.
pub(super) fn order_body(
    names: &CmWireNames,
    area: &AreaSelection,
    mark: &PurchaseMark,
    status_url: Option<&str>,
) -> Map<String, Value> {
    let comment = match &area.comment {
        Some(comment) => format!("{} {comment}", mark.as_str()),
        None => mark.as_str().to_owned(),
    };
    let text = |value: &Option<String>| value.clone().map(Value::from);
    let fields = [
        (&names.quantity, Some(Value::from(area.quantity))),
        (&names.range_size, area.range_size.map(Value::from)),
        (&names.number_type, text(&area.number_type)),
        (&names.area_code, text(&area.area_code)),
        (&names.city, text(&area.city)),
        (&names.region, text(&area.region)),
        (&names.comment, Some(Value::from(comment))),
        (&names.callback, status_url.map(Value::from)),
    ];
    let given = fields
        .into_iter()
        .filter_map(|(name, value)| Some((name.clone(), value?)));
    given.collect()
}

/// The items of a list, which is the answer itself or its only member that is a list.
pub(super) fn list_items(answer: Value) -> Option<Vec<Value>> {
    match answer {
        Value::Array(items) => Some(items),
        Value::Object(members) => {
            let mut lists = members.into_iter().filter_map(|(_, value)| match value {
                Value::Array(items) => Some(items),
                _ => None,
            });
            lists.next().filter(|_| lists.next().is_none())
        }
        _ => None,
    }
}

/// Where an order stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Progress {
    /// Not final; also a word that we do not know.
    Open,
    /// Filled.
    Done,
    /// It will not be filled, for this reason.
    Refused(String),
}

/// An order as CM.com shows it.
pub(super) struct NumberRequest<'a> {
    body: &'a Value,
    names: &'a CmWireNames,
}

impl<'a> NumberRequest<'a> {
    pub(super) fn new(body: &'a Value, names: &'a CmWireNames) -> Self {
        Self { body, names }
    }

    pub(super) fn id(&self) -> Option<String> {
        text(self.body.get(&self.names.id)?).filter(|id| !id.is_empty())
    }

    pub(super) fn has_comment(&self) -> bool {
        self.body.get(&self.names.comment).is_some()
    }

    /// Whether the mark is a word of the comment: `leaseline-3` is not in `leaseline-31`.
    pub(super) fn has_mark(&self, mark: &PurchaseMark) -> bool {
        let comment = self.body.get(&self.names.comment).and_then(Value::as_str);
        let mut words = comment
            .unwrap_or_default()
            .split(|one: char| !one.is_alphanumeric() && one != '-');
        words.any(|word| word == mark.as_str())
    }

    pub(super) fn progress(&self) -> Progress {
        let status = self.body.get(&self.names.status).and_then(text).unwrap_or_default();
        let is_among = |words: &[String]| words.iter().any(|word| word.eq_ignore_ascii_case(&status));
        if is_among(&self.names.done) {
            return Progress::Done;
        }
        if is_among(&self.names.refused) {
            let reason = self.body.get(&self.names.reason).and_then(text).unwrap_or(status);
            return Progress::Refused(message(&reason));
        }
        Progress::Open
    }

    pub(super) fn numbers(&self) -> Vec<PhoneNumber> {
        let items = self.body.get(&self.names.numbers).and_then(Value::as_array);
        let items = items.into_iter().flatten();
        let texts = items.filter_map(|item| text(item.get("number").unwrap_or(item)));
        texts.filter_map(|number| number.parse().ok()).collect()
    }
}

/// A text, or a number as text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
