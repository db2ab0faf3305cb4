//! What became of the rows of an import.

use crate::domain::country::CountryName;
use crate::domain::inventory::RowEffect;

/// The most rows of one kind that are shown one by one (rule 12); the others are counted.
pub const NOTES_MAX: usize = 1000;
/// The most characters of a number that are shown.
const NUMBER_CHARACTERS_MAX: usize = 64;
/// The most characters of a message.
const MESSAGE_CHARACTERS_MAX: usize = 300;

/// A message about a row.
#[derive(Clone, PartialEq, Eq)]
pub struct ImportNote {
    /// See [`super::ImportLine::line`].
    pub line: u64,
    /// The beginning of its number as it was written; empty when there was none.
    pub number: String,
    /// Begins with the field's name.
    pub message: String,
}

/// Messages about rows: those of the first [`NOTES_MAX`] rows, in their order, and how many there are.
#[derive(Default)]
pub struct ImportNotes {
    first: Vec<ImportNote>,
    total: u64,
}

impl ImportNotes {
    /// Those that are shown.
    #[must_use]
    pub fn first(&self) -> &[ImportNote] {
        &self.first
    }

    /// How many there are.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// Adds a message, in any order of the rows. `message` is not called when the message is not shown.
    pub(super) fn add(&mut self, line: u64, number: String, message: impl FnOnce() -> String) {
        self.total += 1;
        let index = self.first.partition_point(|note| note.line <= line);
        if index < NOTES_MAX {
            self.first.truncate(NOTES_MAX - 1);
            let message = shortened(message(), MESSAGE_CHARACTERS_MAX);
            self.first.insert(index, ImportNote { line, number, message });
        }
    }
}

/// What became of the rows.
#[derive(Default)]
pub struct ImportReport {
    /// Numbers that are new.
    pub added: u64,
    /// Numbers that changed gateway, country, operator or line.
    pub updated: u64,
    /// Rows that changed nothing.
    pub unchanged: u64,
    /// Rows that were refused, and why.
    pub rejected: ImportNotes,
    /// Rows that were accepted although something about them is probably wrong.
    pub warnings: ImportNotes,
}

impl ImportReport {
    /// The warning about a number whose prefix belongs to another country than its own.
    #[must_use]
    pub fn prefix_warning(prefix_country: &CountryName) -> String {
        format!("country: the number begins like those of {prefix_country}")
    }

    pub(super) const fn count(&mut self, effect: RowEffect) {
        *match effect {
            RowEffect::Added => &mut self.added,
            RowEffect::Updated => &mut self.updated,
            RowEffect::Unchanged => &mut self.unchanged,
        } += 1;
    }
}

/// A number as it is shown.
pub(super) fn clipped(number: &str) -> String {
    number.chars().take(NUMBER_CHARACTERS_MAX).collect()
}

fn shortened(mut text: String, characters_max: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(characters_max) {
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rows_are_shown_whatever_order_they_are_found_in() {
        let mut notes = ImportNotes::default();
        for line in (1..=3000)
            .filter(|line| line % 2 == 0)
            .chain((1..=3000).filter(|line| line % 2 == 1))
        {
            notes.add(line, clipped(&"x".repeat(100)), || "é".repeat(1000));
        }
        let lines: Vec<u64> = notes.first().iter().map(|note| note.line).collect();
        assert_eq!(lines, (1..=1000).collect::<Vec<_>>());
        assert_eq!(notes.total(), 3000);
        let note = &notes.first()[999];
        assert_eq!((note.number.len(), note.message.chars().count()), (64, 300));
    }

    #[test]
    fn a_message_that_is_not_shown_is_not_written() {
        let mut notes = ImportNotes::default();
        for line in 1..=1000 {
            notes.add(line, String::new(), String::new);
        }
        notes.add(1001, String::new(), || unreachable!("it is not shown"));
    }
}
