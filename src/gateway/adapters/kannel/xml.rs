//! The document that `post-xml` sends: `message/submit` with all fields but an id.

use encoding_rs::UTF_16BE;
use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};

use super::KannelFields;
use crate::gateway::form::plus_is_blank;
use crate::gateway::raw_request::RawRequest;
use crate::gateway::sms_codec::charset;

/// The most bytes of an element's path (rule 12); Kannel's longest has 26.
const PATH_BYTES_MAX: usize = 200;

/// For any other document. Does not quote it (rule 11).
const NOT_KANNELS: &str = "the body must be the XML document that Kannel sends";

pub(super) fn read(incoming: &RawRequest<'_>) -> Result<KannelFields, String> {
    let document = Document::parse(incoming.body).ok_or(NOT_KANNELS)?;
    // The encoding in the XML declaration is not that of the text, which is percent-encoded.
    let bytes = plus_is_blank(document.get(TEXT).trim_ascii()).into_owned();
    let text = if document.word(CODING).as_deref() == Some("2") {
        charset::decode_units(UTF_16BE, &bytes)
    } else {
        (&*charset::utf8_or(charset::of_body(incoming.headers), &bytes)).into()
    };
    Ok(KannelFields {
        from: document.word("message/submit/oa/number"),
        to: document.word("message/submit/da/number"),
        smsc: document.word("message/submit/from/account"),
        udh: document
            .word(HEADER)
            .map(|encoded| plus_is_blank(encoded.as_bytes()).into_owned()),
        text,
    })
}

const TEXT: &str = "message/submit/ud";
const CODING: &str = "message/submit/dcs/coding";
const HEADER: &str = "message/submit/udh";

/// The elements of a document that hold text, by their path.
struct Document(Vec<(String, Vec<u8>)>);

impl Document {
    /// `None`: it is malformed, another document, or has a DTD or entities of its own.
    fn parse(xml: &[u8]) -> Option<Self> {
        let mut reader = Reader::from_reader(xml);
        let mut path = String::new();
        let mut elements: Vec<(String, Vec<u8>)> = Vec::new();
        let mut append = |path: &str, bytes: &[u8]| match elements.last_mut() {
            Some((last, text)) if last == path => text.extend_from_slice(bytes),
            _ => elements.push((path.to_owned(), bytes.to_vec())),
        };
        let mut is_kannels = false;
        loop {
            match reader.read_event().ok()? {
                Event::Start(tag) => {
                    let name = tag.local_name();
                    let name = std::str::from_utf8(name.as_ref()).ok()?;
                    let separator = if path.is_empty() { "" } else { "/" };
                    path = format!("{path}{separator}{name}");
                    if path.len() > PATH_BYTES_MAX {
                        return None;
                    }
                    is_kannels |= path == "message/submit";
                }
                Event::End(_) => {
                    let parent = path.rfind('/').unwrap_or_default();
                    path.truncate(parent);
                }
                Event::Text(text) => append(&path, &text),
                Event::CData(text) => append(&path, &text),
                Event::GeneralRef(entity) => append(&path, character(&entity)?.encode_utf8(&mut [0; 4]).as_bytes()),
                Event::DocType(_) => return None,
                Event::Eof if is_kannels && path.is_empty() => return Some(Self(elements)),
                Event::Eof => return None,
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }

    /// The content of the first element with that path; empty when there is none.
    fn get(&self, path: &str) -> &[u8] {
        let mut elements = self.0.iter();
        let found = elements.find(|(element, _)| element == path);
        found.map(|(_, text)| text.as_slice()).unwrap_or_default()
    }

    fn word(&self, path: &str) -> Option<String> {
        let text = self.get(path).trim_ascii();
        Some(String::from_utf8_lossy(text).into_owned()).filter(|text| !text.is_empty())
    }
}

/// The character of a predefined entity of XML or of a numeric character reference.
fn character(entity: &BytesRef<'_>) -> Option<char> {
    match &**entity {
        b"amp" => Some('&'),
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        _ => entity.resolve_char_ref().ok().flatten(),
    }
}
