//! How numbers come into the inventory: what a row of an import says, and what it changes.

use std::collections::HashMap;

use super::country::CountryNames;
use super::number::Number;
use super::phone::{PhoneError, PhoneNumber};
use super::sms::{Line, NoLine};
use super::stock::{GatewayId, PoolId};
use super::wire_name::{CountryName, NameError, OperatorName};

/// The operator of a number of which nobody said one: Onlinesim's word for all that have no name of their own.
pub const OPERATOR_UNKNOWN: &str = "other";

/// A row as the partner wrote it. A field that is missing is empty.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// The number, in any common spelling.
    pub number: String,
    /// Onlinesim's name of the country; empty: derived from the number.
    pub country: String,
    /// The operator; empty: [`OPERATOR_UNKNOWN`].
    pub operator: String,
    /// The gateway's name.
    pub gateway: String,
    /// The line of the gateway where the number sits; empty: stays as it is.
    pub line: String,
}

/// Why a row is not taken: a sentence that begins with the field's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The field is empty.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// It is no phone number.
    #[error("number: {0}")]
    Number(PhoneError),
    /// It is no name of a country.
    #[error("country: {0}")]
    Country(NameError),
    /// None was given, and the number does not tell.
    #[error("country is missing, and the number's calling code belongs to none")]
    CountryUnknown,
    /// It is no name of an operator.
    #[error("operator: {0}")]
    Operator(NameError),
    /// No gateway has that name.
    #[error("gateway: there is none of that name")]
    GatewayUnknown,
    /// It is no name of a line.
    #[error("line {0}")]
    Line(NoLine),
    /// A line is one number.
    #[error("line: another number of the gateway has it")]
    LineTaken,
    /// Its renter counts on its gateway, and Onlinesim on its country and operator.
    #[error("number is rented; try again when its operation is closed")]
    Rented,
}

/// A row that says everything, read.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which number.
    pub number: PhoneNumber,
    /// Its country.
    pub country: CountryName,
    /// Its operator.
    pub operator: OperatorName,
    /// The name of its gateway.
    pub gateway: String,
    /// The line where it sits; `None`: the one where it was.
    pub line: Option<Line>,
}

impl Row {
    /// Reads the fields, and fills in what may be missing.
    pub fn read(self, countries: &CountryNames) -> Result<Entry, Rejection> {
        let is_empty = |text: &str| text.trim().is_empty();
        if is_empty(&self.number) {
            return Err(Rejection::Missing("number"));
        }
        let number: PhoneNumber = self.number.parse().map_err(Rejection::Number)?;
        let country = if is_empty(&self.country) {
            countries.of_number(&number.digits()).ok_or(Rejection::CountryUnknown)?
        } else {
            CountryName::parse(&self.country).map_err(Rejection::Country)?
        };
        let operator = if is_empty(&self.operator) {
            OPERATOR_UNKNOWN
        } else {
            &self.operator
        };
        let operator = OperatorName::parse(operator).map_err(Rejection::Operator)?;
        let line = if is_empty(&self.line) {
            None
        } else {
            Some(Line::parse(&self.line).map_err(Rejection::Line)?)
        };
        match self.gateway.trim() {
            "" => Err(Rejection::Missing("gateway")),
            gateway => Ok(Entry {
                number,
                country,
                operator,
                gateway: gateway.to_owned(),
                line,
            }),
        }
    }
}

/// Where a number belongs. Numbers of one place form one pool.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Its gateway.
    pub gateway: GatewayId,
    /// Its country.
    pub country: CountryName,
    /// Its operator.
    pub operator: OperatorName,
}

/// What a row did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// The number is new.
    Added,
    /// The number moved to another pool.
    Updated,
    /// It was there already.
    Unchanged,
}

/// The numbers that an import names, while its rows are gone through one after another: a row sees what the rows
/// before it did.
#[derive(Debug)]
pub struct Intake {
    before: HashMap<PhoneNumber, Number>,
    after: HashMap<PhoneNumber, Number>,
}

/// A number that an import leaves otherwise than it found it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// As it was; `None`: it is new.
    pub before: Option<Number>,
    /// As it is now.
    pub after: Number,
}

impl Intake {
    /// Starts with those of the numbers that the inventory has.
    #[must_use]
    pub fn new(known: Vec<Number>) -> Self {
        let before: HashMap<_, _> = known.into_iter().map(|number| (number.number, number)).collect();
        Self {
            after: before.clone(),
            before,
        }
    }

    /// Puts a number into a pool. A rented number stays where it is; a number that is banned or disabled stays so.
    pub fn put(&mut self, number: PhoneNumber, pool: PoolId) -> Result<Effect, Rejection> {
        match self.after.get_mut(&number) {
            None => {
                self.after.insert(number, Number::new(number, pool));
                Ok(Effect::Added)
            }
            Some(known) if known.pool == pool => Ok(Effect::Unchanged),
            Some(known) if known.operation.is_some() => Err(Rejection::Rented),
            Some(known) => {
                known.pool = pool;
                Ok(Effect::Updated)
            }
        }
    }

    /// What has to be saved, in the order of the numbers' texts.
    #[must_use]
    pub fn placed(mut self) -> Vec<Placed> {
        let mut placed: Vec<Placed> = self
            .after
            .into_values()
            .map(|after| Placed {
                before: self.before.remove(&after.number),
                after,
            })
            .filter(|placed| placed.before.as_ref() != Some(&placed.after))
            .collect();
        placed.sort_by_cached_key(|placed| placed.after.number.digits());
        placed
    }
}

/// The lines that an import names, and those of its numbers, while its rows are gone through one after another.
#[derive(Debug, Default)]
pub struct Wiring {
    before: HashMap<PhoneNumber, (GatewayId, Line)>,
    after: HashMap<PhoneNumber, (GatewayId, Line)>,
    numbers: HashMap<(GatewayId, Line), PhoneNumber>,
}

/// What an import does to lines.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Rewired {
    /// The numbers that leave their lines, in the order of their texts.
    pub removed: Vec<PhoneNumber>,
    /// Where numbers sit now, in the order of the numbers' texts.
    pub placed: Vec<(PhoneNumber, GatewayId, Line)>,
}

impl Wiring {
    /// Starts with the lines that are known.
    #[must_use]
    pub fn new(known: impl IntoIterator<Item = (PhoneNumber, GatewayId, Line)>) -> Self {
        let mut wiring = Self::default();
        for (number, gateway, line) in known {
            wiring.numbers.insert((gateway, line.clone()), number);
            wiring.before.insert(number, (gateway, line));
        }
        wiring.after = wiring.before.clone();
        wiring
    }

    /// Whether a number can sit on that line of that gateway; without a line, on the one where it sits, which follows it.
    pub fn check(&self, number: PhoneNumber, gateway: GatewayId, line: Option<&Line>) -> Result<(), Rejection> {
        let line = line.or_else(|| self.after.get(&number).map(|(_, line)| line));
        let taken = line.and_then(|line| self.numbers.get(&(gateway, line.clone())));
        match taken {
            Some(other) if *other != number => Err(Rejection::LineTaken),
            _ => Ok(()),
        }
    }

    /// Puts a number, for which that was checked, on the line. Returns whether something changed.
    pub fn put(&mut self, number: PhoneNumber, gateway: GatewayId, line: Option<Line>) -> bool {
        let before = self.after.get(&number).cloned();
        let Some(line) = line.or_else(|| before.as_ref().map(|(_, line)| line.clone())) else {
            return false;
        };
        let place = (gateway, line);
        if before.as_ref() == Some(&place) {
            return false;
        }
        if let Some(before) = before {
            self.numbers.remove(&before);
        }
        self.numbers.insert(place.clone(), number);
        self.after.insert(number, place);
        true
    }

    /// What has to be saved.
    #[must_use]
    pub fn rewired(self) -> Rewired {
        let Self { before, after, .. } = self;
        let mut rewired = Rewired::default();
        for (number, place) in after {
            let was = before.get(&number);
            if was == Some(&place) {
                continue;
            }
            rewired.removed.extend(was.map(|_| number));
            rewired.placed.push((number, place.0, place.1));
        }
        rewired.removed.sort_by_cached_key(|number| number.digits());
        rewired.placed.sort_by_cached_key(|(number, ..)| number.digits());
        rewired
    }
}

#[cfg(test)]
mod tests;
