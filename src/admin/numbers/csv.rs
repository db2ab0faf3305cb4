//! Rows of an import as CSV: a header with the columns number, country, operator, gateway and line, in any order.
//!
//! Accepts what spreadsheets write: fields separated by comma, semicolon or tab, a first line `sep=;`, UTF-8 with or without
//! a byte order mark, UTF-16 with one. Rows are read one by one into one buffer of fixed size (rule 12).

use std::borrow::Cow;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::domain::inventory::{ImportRow, InvalidRow, ROW_BYTES_MAX};
use crate::flow::import_numbers::ImportLine;

/// The columns that the header may have.
const COLUMNS: [&str; 5] = ["number", "country", "operator", "gateway", "line"];
/// The columns that it must have.
const REQUIRED: [&str; 2] = ["number", "gateway"];
/// The most fields of a row.
const FIELDS_MAX: usize = 64;
/// The separators of fields. No name in the header contains one.
const DELIMITERS: [char; 3] = [',', ';', '\t'];

/// Why a file cannot be read as a whole. The message names the column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidHeader(String);

/// The file in UTF-8, without its byte order mark. Invalid UTF-8 is found row by row.
///
/// # Errors
/// It has the byte order mark of UTF-16, but is not valid UTF-16.
pub fn text(file: &[u8]) -> Result<Cow<'_, [u8]>, InvalidHeader> {
    let Some((encoding, mark_bytes)) = Encoding::for_bom(file) else {
        return Ok(Cow::Borrowed(file));
    };
    let rest = &file[mark_bytes..];
    if encoding == UTF_8 {
        return Ok(Cow::Borrowed(rest));
    }
    debug_assert!([UTF_16LE, UTF_16BE].contains(&encoding));
    let text = encoding.decode_without_bom_handling_and_without_replacement(rest);
    let text =
        text.ok_or_else(|| InvalidHeader("the file begins as UTF-16, but is not valid: save it again".to_owned()))?;
    Ok(Cow::Owned(text.into_owned().into_bytes()))
}

/// The rows of a file. A line that cannot be read becomes a rejected row.
pub struct CsvRows<'a> {
    rest: &'a [u8],
    /// The line at which `rest` begins.
    line: u64,
    delimiter: u8,
    reader: Reader,
    record: CsvRecord,
    columns: usize,
    /// The position of each of [`COLUMNS`] in a row.
    positions: [Option<usize>; COLUMNS.len()],
}

/// By hand: a cloned `Reader` loses its tables (csv-core 0.1.13). Between two rows a new one is the same.
impl Clone for CsvRows<'_> {
    fn clone(&self) -> Self {
        Self {
            rest: self.rest,
            line: self.line,
            delimiter: self.delimiter,
            reader: reader(self.delimiter),
            record: self.record.clone(),
            columns: self.columns,
            positions: self.positions,
        }
    }
}

fn reader(delimiter: u8) -> Reader {
    ReaderBuilder::new().delimiter(delimiter).build()
}

impl<'a> CsvRows<'a> {
    /// Reads the header of a [`text`].
    ///
    /// # Errors
    /// A column is unknown, missing or there twice.
    pub fn new(text: &'a [u8]) -> Result<Self, InvalidHeader> {
        let (delimiter, rest) = delimiter(text);
        let mut rows = Self {
            rest,
            line: if rest.len() == text.len() { 1 } else { 2 },
            delimiter,
            reader: reader(delimiter),
            record: CsvRecord::default(),
            columns: 0,
            positions: [None; COLUMNS.len()],
        };
        rows.columns = match rows.read_record() {
            None => 0,
            Some((_, Ok(count))) => count,
            Some((_, Err(error))) => return Err(InvalidHeader(format!("the header cannot be read: {error}"))),
        };
        for position in 0..rows.columns {
            let name = rows
                .record
                .field(position)
                .map_err(|error| InvalidHeader(error.to_string()))?;
            let column = COLUMNS.iter().position(|column| name.eq_ignore_ascii_case(column));
            let column = column.ok_or_else(|| {
                let known = COLUMNS.join(", ");
                InvalidHeader(format!("the header has the unknown column {name:?}; known are {known}"))
            })?;
            if rows.positions[column].replace(position).is_some() {
                return Err(InvalidHeader(format!("the header has the column {name} twice")));
            }
        }
        for (column, position) in COLUMNS.iter().zip(rows.positions) {
            if position.is_none() && REQUIRED.contains(column) {
                return Err(InvalidHeader(format!("the header has no column {column}")));
            }
        }
        Ok(rows)
    }

    /// Reads the next record: its line, and how many fields it has. `None` at the end.
    fn read_record(&mut self) -> Option<(u64, Result<usize, InvalidRow>)> {
        // Line ends before the record are skipped first, so that `line` is the line at which it begins.
        let blank = self
            .rest
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count();
        self.skip(blank);
        let line = self.line;
        self.record.clear();
        loop {
            let (result, read) = self.record.take(&mut self.reader, self.rest);
            self.skip(read);
            match result {
                ReadRecordResult::End => return None,
                ReadRecordResult::Record => return Some((line, self.record.fields())),
                ReadRecordResult::InputEmpty => {}
                // The rest of the record is skipped.
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => self.record.overflow(),
            }
        }
    }

    fn skip(&mut self, bytes: usize) {
        let (read, rest) = self.rest.split_at(bytes);
        let ends = read.iter().filter(|byte| **byte == b'\n').count();
        self.line += u64::try_from(ends).unwrap_or(u64::MAX);
        self.rest = rest;
    }

    fn row(&self, fields: usize) -> Result<ImportRow, InvalidRow> {
        if fields != self.columns {
            let header = self.columns;
            return Err(InvalidRow::Fields { fields, header });
        }
        let field = |column: usize| {
            let text = self.positions[column].map_or(Ok(""), |position| self.record.field(position));
            text.map(str::to_owned)
        };
        Ok(ImportRow {
            number: field(0)?,
            country: field(1)?,
            operator: field(2)?,
            gateway: field(3)?,
            line: field(4)?,
        })
    }
}

impl Iterator for CsvRows<'_> {
    type Item = ImportLine;

    fn next(&mut self) -> Option<ImportLine> {
        let (line, fields) = self.read_record()?;
        let row = fields.and_then(|fields| self.row(fields));
        Some(ImportLine { line, row })
    }
}

/// The separator, and the text after a first line `sep=;` with it. Without such a line it is the most frequent separator of
/// the header.
fn delimiter(text: &[u8]) -> (u8, &[u8]) {
    let first = text.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    if let [
        b's' | b'S',
        b'e' | b'E',
        b'p' | b'P',
        b'=',
        delimiter,
        b'\r' | b'\n',
        ..,
    ] = first
    {
        return (*delimiter, &text[first.len()..]);
    }
    let count = |delimiter: &char| first.iter().filter(|byte| char::from(**byte) == *delimiter).count();
    // Of several with the same count the last one wins.
    let most = DELIMITERS.iter().rev().max_by_key(|delimiter| count(delimiter));
    (most.and_then(|one| u8::try_from(*one).ok()).unwrap_or(b','), text)
}

/// One record, in a buffer of fixed size.
#[derive(Clone)]
struct CsvRecord {
    bytes: Vec<u8>,
    used: usize,
    /// The end of each field.
    ends: [usize; FIELDS_MAX],
    count: usize,
    is_too_long: bool,
}

impl Default for CsvRecord {
    fn default() -> Self {
        Self {
            bytes: vec![0; ROW_BYTES_MAX],
            used: 0,
            ends: [0; FIELDS_MAX],
            count: 0,
            is_too_long: false,
        }
    }
}

impl CsvRecord {
    fn clear(&mut self) {
        (self.used, self.count, self.is_too_long) = (0, 0, false);
    }

    fn overflow(&mut self) {
        (self.used, self.count, self.is_too_long) = (0, 0, true);
    }

    /// Consumes input; returns how many bytes.
    fn take(&mut self, reader: &mut Reader, input: &[u8]) -> (ReadRecordResult, usize) {
        let (bytes, ends) = (&mut self.bytes[self.used..], &mut self.ends[self.count..]);
        let (result, read, written, ended) = reader.read_record(input, bytes, ends);
        self.used += written;
        self.count += ended;
        (result, read)
    }

    /// How many fields it has.
    const fn fields(&self) -> Result<usize, InvalidRow> {
        if self.is_too_long {
            return Err(InvalidRow::TooLong);
        }
        Ok(self.count)
    }

    /// A field, trimmed.
    fn field(&self, index: usize) -> Result<&str, InvalidRow> {
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        let field = std::str::from_utf8(&self.bytes[start..self.ends[index]]);
        field.map(str::trim).map_err(|_| InvalidRow::NotUtf8)
    }
}

#[cfg(test)]
mod tests;
