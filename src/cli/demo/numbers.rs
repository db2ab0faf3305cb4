//! The inventory of the demo: 1,000 invented numbers of three countries.

/// The gateway of all numbers.
pub(super) const GATEWAY: &str = "demo-bank";

/// Prefix, how many, operator. The server derives the countries from the numbers.
const BLOCKS: [(&str, usize, &str); 4] = [
    ("467012", 400, "telia"),
    ("467399", 200, "tele2"),
    ("4915112", 250, "telekom"),
    ("770112", 150, "kcell"),
];

/// The numbers as a CSV file.
pub(super) fn csv() -> String {
    let mut text = String::from("number,operator,gateway\n");
    for (prefix, count, operator) in BLOCKS {
        for index in 0..count {
            text.push_str(&format!("{prefix}{index:05},{operator},{GATEWAY}\n"));
        }
    }
    text
}

/// How many there are.
pub(super) fn total() -> usize {
    BLOCKS.iter().map(|(_, count, _)| count).sum()
}
