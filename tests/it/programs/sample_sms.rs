//! What people and services write.

/// An SMS before it is on the air.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SampleSms {
    pub to: u64,
    pub from: String,
    pub text: String,
}

/// Letters to those numbers, one after the other.
pub fn sample_sms(numbers: &[u64]) -> Vec<SampleSms> {
    let short = [
        ("+46731234567", "Your code is 4821 €5 [ok] {x} ~^|\\ @£$"),
        ("VK", "Ваш код: 4821"),
        ("Telegram", "Код 12 😀🔑👨‍👩‍👧"),
        ("900", "Line one\nLine two\n\nLine four"),
        ("VK", "Имя: значение\n\nFrom: 123\nTo: 1"),
        ("+46731234567", "100% & a+b=c #1 \"q\" 'q' $(touch p) `touch p` ;|<>*?"),
        ("My_Bank $1", " blanks and newlines around \n\n"),
        ("A/B", "@/etc/passwd"),
        ("-n", "-e"),
        // On purpose, and soon after each other.
        ("+46731234567", "Код 7"),
        ("+46731234567", "Код 7"),
    ];
    let words = |word: &str| -> String { (0..40).map(|count| format!("{word}{count} ")).collect() };
    let long = [
        ("VK", format!("{}😀\nконец", words("слово"))),
        ("+46731234567", format!("{}€\nend", words("word"))),
    ];
    let short = short.map(|(from, text)| (from, text.to_owned()));
    // Two that are the same go to the same number.
    let receivers = numbers.iter().flat_map(|number| [*number; 2]).cycle();
    let sample = |((from, text), to): ((&str, String), u64)| SampleSms {
        to,
        from: from.to_owned(),
        text,
    };
    let mut all = Vec::from(long);
    all.extend(short.into_iter().rev());
    all.into_iter().zip(receivers).map(sample).collect()
}

/// A sample whose parts cut an emoji in two.
pub fn cut_emoji(to: u64) -> SampleSms {
    SampleSms {
        to,
        from: "Emoji".to_owned(),
        text: format!("{}😀{}", "я".repeat(66), "я".repeat(80)),
    }
}
