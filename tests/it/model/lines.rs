//! The lines of numbers, as the admin imports them: a line of a gateway belongs to one number and moves with it.

use super::state::ModelState;

/// A row of an import. Without a line the number keeps the one that it has.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    pub number: u64,
    pub gateway: usize,
    pub line: Option<&'static str>,
}

/// What a row does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    Updated,
    Unchanged,
    Rejected,
}

impl ModelState {
    fn is_taken(&self, gateway: usize, line: &str, by_other_than: u64) -> bool {
        let mut others = self.numbers.iter().filter(|(digits, _)| **digits != by_other_than);
        others.any(|(_, number)| number.gateway == gateway && number.line == Some(line))
    }

    /// Puts a number on a line of its gateway, or on none. False: another number sits there.
    pub fn put_on_line(&mut self, digits: u64, line: Option<&'static str>) -> bool {
        let gateway = self.numbers[&digits].gateway;
        if line.is_some_and(|line| self.is_taken(gateway, line, digits)) {
            return false;
        }
        self.numbers.get_mut(&digits).unwrap().line = line;
        true
    }

    /// A row sees what the rows before it did. A rented number stays at its gateway.
    pub fn import(&mut self, row: Row) -> Placed {
        let before = &self.numbers[&row.number];
        let line = row.line.or(before.line);
        let moves = row.gateway != before.gateway;
        if line.is_some_and(|line| self.is_taken(row.gateway, line, row.number)) {
            self.notes.push("import: line taken");
            return Placed::Rejected;
        }
        if moves && before.operation.is_some() {
            self.notes.push("import: rented");
            return Placed::Rejected;
        }
        if !moves && line == before.line {
            return Placed::Unchanged;
        }
        let number = self.numbers.get_mut(&row.number).unwrap();
        (number.gateway, number.line) = (row.gateway, line);
        self.notes.push(match (moves, line) {
            (true, Some(_)) => "import: moved with a line",
            (true, None) => "import: moved",
            (false, _) => "import: line changed",
        });
        Placed::Updated
    }
}
