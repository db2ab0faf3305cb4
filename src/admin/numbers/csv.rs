//! Rows of an import as CSV: a header with the columns number, country, operator, gateway and line, in any order.

use csv::{ErrorKind, Position, Reader, ReaderBuilder, StringRecord, Trim};

use crate::domain::inventory::Row;
use crate::flow::import_numbers::Line;

/// The columns that the header may have.
const COLUMNS: [&str; 5] = ["number", "country", "operator", "gateway", "line"];
/// Those that it must have.
const REQUIRED: [&str; 2] = ["number", "gateway"];

/// Why a file has no rows that could be read: a sentence that names the column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadHeader(String);

/// What some programs put before UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The rows of a file, one after another. A line that cannot be read is told as such, and the next one follows.
pub struct Rows<'a> {
    input: &'a [u8],
    reader: Reader<&'a [u8]>,
    record: StringRecord,
    /// Where each of [`COLUMNS`] stands.
    places: [Option<usize>; 5],
}

impl<'a> Rows<'a> {
    /// Reads the header.
    ///
    /// # Errors
    /// A column is unknown, missing or there twice.
    pub fn new(input: &'a [u8]) -> Result<Self, BadHeader> {
        let input = input.strip_prefix(BYTE_ORDER_MARK).unwrap_or(input);
        let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(input);
        let header = reader
            .headers()
            .map_err(|error| BadHeader(format!("the header cannot be read: {error}")))?;
        let mut places = [None; COLUMNS.len()];
        for (place, name) in header.iter().enumerate() {
            let column = COLUMNS.iter().position(|column| name.eq_ignore_ascii_case(column));
            let column = column.ok_or_else(|| {
                let known = COLUMNS.join(", ");
                BadHeader(format!("the header has the unknown column {name:?}; known are {known}"))
            })?;
            if places[column].replace(place).is_some() {
                return Err(BadHeader(format!("the header has the column {name} twice")));
            }
        }
        for (column, place) in COLUMNS.iter().zip(places) {
            if place.is_none() && REQUIRED.contains(column) {
                return Err(BadHeader(format!("the header has no column {column}")));
            }
        }
        Ok(Self {
            input,
            reader,
            record: StringRecord::new(),
            places,
        })
    }

    /// The line of a record. Its position is where the one before it ended: line ends and empty lines still follow.
    fn line(&self, position: Option<&Position>) -> u64 {
        let position = position.unwrap_or_else(|| self.reader.position());
        let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
        let ahead = self.input.get(start..).unwrap_or_default();
        let ends = ahead.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        (position.line()..)
            .nth(ends.filter(|byte| **byte == b'\n').count())
            .unwrap_or(0)
    }

    fn row(&self) -> Row {
        let [number, country, operator, gateway, line] = self.places.map(|place| {
            place
                .and_then(|place| self.record.get(place))
                .unwrap_or_default()
                .to_owned()
        });
        Row {
            number,
            country,
            operator,
            gateway,
            line,
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        match self.reader.read_record(&mut self.record) {
            Ok(false) => None,
            Ok(true) => Some(Line {
                line: self.line(self.record.position()),
                row: Ok(self.row()),
            }),
            Err(error) => {
                let reason = match error.kind() {
                    ErrorKind::UnequalLengths { expected_len, len, .. } => {
                        format!("the line has {len} fields, the header {expected_len}")
                    }
                    ErrorKind::Utf8 { .. } => "the line is not UTF-8".to_owned(),
                    _ => "the line is no CSV".to_owned(),
                };
                let line = self.line(error.position());
                Some(Line { line, row: Err(reason) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &[u8]) -> Vec<(u64, Result<[String; 5], String>)> {
        let fields = |row: Row| [row.number, row.country, row.operator, row.gateway, row.line];
        Rows::new(text)
            .unwrap()
            .map(|line| (line.line, line.row.map(fields)))
            .collect()
    }

    fn fields([number, country, operator, gateway]: [&str; 4]) -> Result<[String; 5], String> {
        Ok([number, country, operator, gateway, ""].map(str::to_owned))
    }

    #[test]
    fn columns_come_in_any_order_and_may_be_missing() {
        let read = rows(b"\xef\xbb\xbfGateway, number\r\nbank1,+46 70 1\r\n\r\n\"bank 2\", 4670\n");
        assert_eq!(
            read,
            vec![
                (2, fields(["+46 70 1", "", "", "bank1"])),
                (4, fields(["4670", "", "", "bank 2"])),
            ]
        );
    }

    #[test]
    fn a_row_may_name_the_line_of_its_gateway() {
        let read = rows(b"line,number,gateway\nmodem 1,4670,bank1\n,4671,bank1\n");
        let lines: Vec<String> = read.into_iter().map(|(_, row)| row.unwrap()[4].clone()).collect();
        assert_eq!(lines, ["modem 1", ""]);
    }

    #[test]
    fn a_line_that_cannot_be_read_does_not_hide_the_next() {
        let read = rows(b"number,gateway\n1,a,b\n\xff,a\n2,a\n3\n\"4\n\",a\n5,a");
        assert_eq!(read[0], (2, Err("the line has 3 fields, the header 2".to_owned())));
        assert_eq!(read[1], (3, Err("the line is not UTF-8".to_owned())));
        assert_eq!(read[2], (4, fields(["2", "", "", "a"])));
        assert_eq!(read[3], (5, Err("the line has 1 fields, the header 2".to_owned())));
        assert_eq!(read[4], (6, fields(["4", "", "", "a"])));
        assert_eq!(read[5], (8, fields(["5", "", "", "a"])));
    }

    #[test]
    fn a_bad_header_is_refused_by_its_column() {
        for (text, column) in [
            ("", "number"),
            ("number\n", "gateway"),
            ("gateway\n", "number"),
            ("number,gateway,numbr\n", "\"numbr\""),
            ("number,gateway,number\n", "number twice"),
            ("46701234567,,,bank1\n", "46701234567"),
        ] {
            let error = Rows::new(text.as_bytes()).err().unwrap().to_string();
            assert!(error.contains(column), "{text}: {error}");
        }
    }
}
