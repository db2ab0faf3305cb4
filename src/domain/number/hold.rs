//! Why a number that was bought is not issued.

use strum::{EnumString, IntoStaticStr};

/// Why a number that was bought is not issued, whatever the admin sets (rules 15 and 16).
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Hold {
    /// No SMS has proven yet that the number receives them.
    Unproven,
    /// Ours, but useless: its SMS cannot be set up, or it is gone at its supplier.
    Refused,
    /// It is to be given back, or its supplier was asked to take it back.
    GivingBack,
    /// Its supplier confirmed that it is no longer ours.
    GivenBack,
}

impl Hold {
    /// What follows the word `number`, for people.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Unproven => "is not proven: it is enabled once an SMS has reached it, or once it is proven by hand",
            Self::Refused => "cannot be used: its SMS cannot be set up, or it is gone at its supplier; give it back",
            Self::GivingBack => "is being given back to its supplier",
            Self::GivenBack => "was given back to its supplier: it comes back when it is bought again",
        }
    }

    /// Whether the number may get another gateway, country or operator.
    #[must_use]
    pub const fn allows_move(self) -> bool {
        match self {
            Self::Unproven | Self::Refused => true,
            Self::GivingBack | Self::GivenBack => false,
        }
    }
}
