//! Arbitrary and almost valid input.

use std::collections::BTreeSet;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;

/// Values that look right, or have once been wrong somewhere, as JSON texts.
const TEMPTING: [&str; 44] = [
    "null",
    "true",
    "\"\"",
    "\" \"",
    "\"null\"",
    "0",
    "-0",
    "0.0",
    "-1",
    "1",
    "1.0",
    "1e0",
    "3",
    "\"3\"",
    "4",
    "320",
    "870.505",
    "\"320\"",
    "1e400",
    "-1e400",
    "1e-400",
    "1000000000",
    "1000000000.01",
    "99999999999999999999999999999999",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551616",
    "46701",
    "\"46701\"",
    "\"+46701\"",
    "\"４６７０１\"",
    "\"46701\\u0000\"",
    "\"any\"",
    "\" ANY \"",
    "\"sweden\"",
    "\"rent\"",
    "\"GET_NUMBER\"",
    "\"\\ud83d\"",
    "\"\\n\"",
    "[]",
    "{}",
    "[null]",
    "[[[[[[[[1]]]]]]]]",
];

/// Any JSON, as a text.
pub fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    let tree = leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map(".{0,6}", inner, 0..4).prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop_oneof![
        tree.prop_map(|value| value.to_string()),
        (select(vec!["[", "{\"a\":"]), 0_usize..300).prop_map(|(open, depth)| open.repeat(depth)),
    ]
}

/// What may stand where another value was expected.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(&TEMPTING[..]).prop_map(str::to_owned),
        2 => json().prop_filter("a value", |text| serde_json::from_str::<Value>(text).is_ok()),
        1 => select(vec![64_usize, 65, 101, 201, 501, 40_000])
            .prop_map(|length| format!("\"{}\"", "x".repeat(length))),
        1 => Just(format!("{}1{}", "[".repeat(200), "]".repeat(200))),
    ]
}

/// An object that is right but for some of its fields.
#[derive(Clone)]
pub struct NearValid {
    /// In their order; the values as JSON texts.
    fields: Vec<(String, String)>,
    /// The names of the fields that are not as they should be.
    pub changed: BTreeSet<String>,
}

/// As it is sent: what a failure shows.
impl std::fmt::Debug for NearValid {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text: String = self.text().chars().take(600).collect();
        write!(formatter, "{text} (changed: {:?})", self.changed)
    }
}

impl NearValid {
    pub fn text(&self) -> String {
        let fields: Vec<String> = self
            .fields
            .iter()
            .map(|(name, value)| format!("{}:{value}", Value::from(name.as_str())))
            .collect();
        format!("{{{}}}", fields.join(","))
    }

    /// The field's value as a JSON text; `None` when it is missing.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut fields = self.fields.iter();
        fields.find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// Whether a reader of the whole body stumbles before it sees the fields: a number that no reader can hold, brackets
    /// without end, half a character, a field that is there twice.
    pub fn is_hard_to_read(&self) -> bool {
        let names: BTreeSet<&String> = self.fields.iter().map(|(name, _)| name).collect();
        names.len() < self.fields.len() || serde_json::from_str::<Value>(&self.text()).is_err()
    }

    #[track_caller]
    pub fn names_what_is_wrong(&self, sentence: &str) {
        let names_a_field = self.changed.iter().any(|field| sentence.contains(field.as_str()));
        let names_the_body = sentence.starts_with("the body") && self.is_hard_to_read();
        assert!(names_a_field || names_the_body, "{sentence:?} to {self:?}");
    }
}

/// These fields, of which up to two are missing, of another kind, or there twice.
pub fn near(fields: &[(&str, &str)]) -> impl Strategy<Value = NearValid> + use<> {
    let fields: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let change = prop_oneof![
        1 => Just(None),
        8 => value().prop_map(Some),
    ];
    let changes = vec((any::<Index>(), change, prop::bool::weighted(0.05)), 0..=2);
    changes.prop_map(move |changes| {
        let mut near = NearValid {
            fields: fields.clone(),
            changed: BTreeSet::new(),
        };
        for (index, change, twice) in changes {
            if near.fields.is_empty() {
                break;
            }
            let place = index.index(near.fields.len());
            let name = near.fields[place].0.clone();
            near.changed.insert(name.clone());
            match change {
                Some(value) if twice => near.fields.push((name, value)),
                Some(value) => near.fields[place].1 = value,
                None => near.fields.retain(|(field, _)| *field != name),
            }
        }
        near
    })
}

/// Bytes: any, any JSON, or a text that is right with some bytes changed, put in or taken out.
pub fn bytes(right: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let edit = (any::<Index>(), 0_u8..3, any::<u8>());
    let spoilt = (select(right), vec(edit, 1..4)).prop_map(|(text, edits)| {
        let mut text = text.as_bytes().to_vec();
        for (index, kind, byte) in edits {
            let place = index.index(text.len());
            match kind {
                0 => text[place] = byte,
                1 => text.insert(place, byte),
                _ if text.len() > 1 => {
                    text.remove(place);
                }
                _ => {}
            }
        }
        text
    });
    prop_oneof![
        1 => vec(any::<u8>(), 0..200),
        1 => json().prop_map(String::into_bytes),
        3 => spoilt,
    ]
}
