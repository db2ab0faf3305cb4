//! Rows of an import: their values, and how a file or an array writes them.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

pub const COLUMNS: [&str; 4] = ["number", "country", "operator", "gateway"];

/// A field as it is written, and its value; `None`: it is refused.
type Field = (&'static str, Option<&'static str>);

const NUMBERS: [Field; 12] = [
    ("46700000001", Some("46700000001")),
    ("+46700000002", Some("46700000002")),
    (" 46 70 000-00.03 ", Some("46700000003")),
    ("(46)700000004", Some("46700000004")),
    ("491510000001", Some("491510000001")),
    ("", None),
    ("call me", None),
    ("1234", None),
    ("0046700000001", None),
    ("4670000000100000", None),
    ("４６700000001", None),
    ("4.67E+10", None),
];
/// An empty one is derived from the number.
const COUNTRIES: [Field; 7] = [
    ("", Some("")),
    ("sweden", Some("sweden")),
    (" GERMANY ", Some("germany")),
    ("any", None),
    ("swedn", None),
    ("swe\nden", None),
    (
        "a very long name of a country which nobody would ever write in a file",
        None,
    ),
];
const OPERATORS: [Field; 5] = [
    ("", Some("other")),
    ("telia", Some("telia")),
    ("\"Tele, 2\"", Some("\"tele, 2\"")),
    ("Any", None),
    ("te\u{0}lia", None),
];
const GATEWAYS: [Field; 5] = [
    ("bank", Some("bank")),
    (" bank2", Some("bank2")),
    ("Bank", None),
    ("", None),
    ("nobody", None),
];

/// A number's country, operator and gateway.
pub type Inventory = BTreeMap<String, [String; 3]>;

#[derive(Debug, Clone)]
pub enum Row {
    Fields([Field; 4]),
    /// A line of a file, or an element of an array, that cannot be read.
    Spoilt {
        csv: &'static [u8],
        json: &'static str,
    },
}

/// What an import has to do.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Expected {
    pub added: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub rejected: Vec<u64>,
    /// Rows of which a number begins like those of another country.
    pub warnings: Vec<u64>,
}

impl Row {
    /// The number and its values.
    fn read(&self) -> Option<(String, [String; 3])> {
        let Self::Fields(fields) = self else { return None };
        let [Some(number), Some(country), Some(operator), Some(gateway)] = fields.map(|(_, value)| value) else {
            return None;
        };
        let country = match country {
            "" => country_of(number),
            country => country,
        };
        Some((number.to_owned(), [country, operator, gateway].map(str::to_owned)))
    }
}

fn country_of(number: &str) -> &'static str {
    if number.starts_with("46") { "sweden" } else { "germany" }
}

/// Puts the rows, each with its line, into the inventory; `rented` stays where it is.
pub fn put<'a>(inventory: &mut Inventory, rented: &str, rows: impl Iterator<Item = (u64, &'a Row)>) -> Expected {
    let mut expected = Expected::default();
    for (line, row) in rows {
        match row.read() {
            None => expected.rejected.push(line),
            Some((number, place)) => {
                let is_doubtful = place[0] != country_of(&number);
                match inventory.get_mut(&number) {
                    Some(known) if *known == place => expected.unchanged += 1,
                    Some(_) if number == rented => {
                        expected.rejected.push(line);
                        continue;
                    }
                    Some(known) => {
                        *known = place;
                        expected.updated += 1;
                    }
                    None => {
                        inventory.insert(number, place);
                        expected.added += 1;
                    }
                }
                expected.warnings.extend(is_doubtful.then_some(line));
            }
        }
    }
    expected
}

pub fn row() -> impl Strategy<Value = Row> {
    // Mostly right: with four fields, each of which is as often wrong as right, hardly a row would be taken.
    let field = |fields: &'static [Field]| {
        let right: Vec<Field> = fields.iter().copied().filter(|(_, value)| value.is_some()).collect();
        prop_oneof![8 => select(right), 1 => select(fields)]
    };
    let fields = (field(&NUMBERS), field(&COUNTRIES), field(&OPERATORS), field(&GATEWAYS));
    let spoilt = select(vec![
        Row::Spoilt {
            csv: b"46700000001",
            json: "46700000001",
        },
        Row::Spoilt {
            csv: b"46700000001,,,bank,",
            json: r#"["46700000001",null,null,"bank"]"#,
        },
        Row::Spoilt {
            csv: b"46700000001,\xff,,bank",
            json: r#"{"number":"46700000001","gateway":7}"#,
        },
        Row::Spoilt {
            csv: b"\"46700000001,,,bank\"",
            json: r#"{"number":"46700000001","gateway":"bank","gate":"way"}"#,
        },
        Row::Spoilt {
            csv: b",,,",
            json: "{}",
        },
        Row::Spoilt {
            csv: b"\"\"",
            json: r#"{"number":1e400,"gateway":"bank"}"#,
        },
    ]);
    prop_oneof![
        6 => fields.prop_map(|(number, country, operator, gateway)| Row::Fields([number, country, operator, gateway])),
        1 => spoilt,
    ]
}

/// How a file is written: what does not change its values.
#[derive(Debug, Clone)]
pub struct Style {
    encoding: Encoding,
    delimiter: &'static str,
    /// In front of each row in turn.
    line_ends: Vec<&'static str>,
    quotes_all: bool,
    /// Where in the line each column stands: the columns are turned by so many places.
    turn: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Plain,
    Marked,
    Utf16LittleEndian,
    Utf16BigEndian,
}

impl Encoding {
    /// The bytes of a file; UTF-16 is left out where the file has none.
    fn encode(self, file: Vec<u8>) -> Vec<u8> {
        let bytes = match self {
            Self::Plain => return file,
            Self::Marked => return [b"\xef\xbb\xbf", file.as_slice()].concat(),
            Self::Utf16LittleEndian => u16::to_le_bytes,
            Self::Utf16BigEndian => u16::to_be_bytes,
        };
        match str::from_utf8(&file) {
            Ok(text) => "\u{feff}"
                .encode_utf16()
                .chain(text.encode_utf16())
                .flat_map(bytes)
                .collect(),
            Err(_) => file,
        }
    }
}

pub fn style() -> impl Strategy<Value = Style> {
    let encoding = select(vec![
        Encoding::Plain,
        Encoding::Marked,
        Encoding::Utf16LittleEndian,
        Encoding::Utf16BigEndian,
    ]);
    let line_ends = vec(select(vec!["\n", "\r\n", "\n\n", "\r\n\n\r\n"]), 1..4);
    let delimiter = select(vec![",", ";", "\t"]);
    let style = (encoding, delimiter, line_ends, any::<bool>(), 0_usize..4);
    style.prop_map(|(encoding, delimiter, line_ends, quotes_all, turn)| Style {
        encoding,
        delimiter,
        line_ends,
        quotes_all,
        turn,
    })
}

/// The file, and the line of each row.
pub fn csv(rows: &[Row], style: &Style) -> (Vec<u8>, Vec<u64>) {
    let mut columns = COLUMNS;
    columns.rotate_left(style.turn);
    let mut file = columns.join(style.delimiter).into_bytes();
    let mut lines = Vec::new();
    for (row, end) in rows.iter().zip(style.line_ends.iter().cycle()) {
        file.extend(end.as_bytes());
        let ends = file.iter().filter(|byte| **byte == b'\n').count();
        lines.push(u64::try_from(ends).unwrap() + 1);
        match row {
            Row::Spoilt { csv, .. } => file.extend(*csv),
            Row::Fields(fields) => {
                let mut fields = fields.map(|(text, _)| quoted(text, style.quotes_all));
                fields.rotate_left(style.turn);
                file.extend(fields.join(style.delimiter).as_bytes());
            }
        }
    }
    (style.encoding.encode(file), lines)
}

fn quoted(text: &str, always: bool) -> String {
    if always || text.contains(['"', ',', ';', '\t', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

pub fn json_text(rows: &[Row]) -> String {
    let element = |row: &Row| match row {
        Row::Spoilt { json, .. } => (*json).to_owned(),
        Row::Fields(fields) => {
            let object = COLUMNS
                .iter()
                .zip(fields)
                .map(|(name, (text, _))| ((*name).to_owned(), json!(text)));
            Value::Object(object.collect()).to_string()
        }
    };
    format!("[{}]", rows.iter().map(element).collect::<Vec<_>>().join(","))
}
