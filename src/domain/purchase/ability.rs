//! What the API of a wholesaler offers.

use strum::{Display, IntoStaticStr};

/// What a supplier's API offers besides buying, by the word of the admin API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Display, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Ability {
    /// Numbers for sale can be listed.
    Search,
    /// A certain number can be bought.
    Choose,
    /// Any number can be bought.
    Random,
    /// A number that meets conditions can be bought.
    Filter,
    /// Numbers of a place can be ordered; people fill the order.
    Area,
    /// It can be asked whether a number is ours.
    LookUp,
    /// Our numbers can be listed.
    Owned,
    /// Where a number's SMS go can be changed after its purchase.
    Wire,
    /// A number can be given back.
    GiveBack,
    /// A number that was given back can be had again.
    Restore,
}
