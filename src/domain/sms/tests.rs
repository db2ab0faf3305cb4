use super::*;

fn sms(to: &str) -> InboundSms {
    InboundSms {
        external_id: Some("7".to_owned()),
        receiver: Receiver::Number(Recipient::parse(to).unwrap()),
        sender: "VK".to_owned(),
        text: "Code 4821".into(),
        sent_at: None,
        part: None,
    }
}

#[test]
fn a_recipient_is_its_digits() {
    for (text, digits) in [
        ("+46 (70) 123-45-67", "46701234567"),
        ("0046701234567", "46701234567"),
        ("0701234567", "0701234567"),
        ("7", "7"),
        ("12345678901234567890", "12345678901234567890"),
        ("0012345678901234567890", "12345678901234567890"),
    ] {
        assert_eq!(Recipient::parse(text).unwrap().digits(), digits, "{text}");
    }
    for text in ["", "modem", "00", "123456789012345678901"] {
        assert_eq!(Recipient::parse(text).err(), Some(InvalidRecipient), "{text}");
    }
}

#[test]
fn a_recipient_comes_back_as_it_was_stored() {
    for text in ["0000", "000012", "0046701234567", "7"] {
        let recipient = Recipient::parse(text).unwrap();
        assert_eq!(Recipient::from_stored(recipient.digits()), Some(recipient), "{text}");
    }
    assert_eq!(Recipient::from_stored(""), None);
}

#[test]
fn only_a_whole_number_is_a_phone_number() {
    let number = |text: &str| Recipient::parse(text).unwrap().number();
    assert_eq!(number("+46701234567"), "46701234567".parse().ok());
    assert_eq!(number("0701234567"), None);
    assert_eq!(number("777"), None);
}

#[test]
fn rule_12_a_bound_counts_characters_not_bytes() {
    let with = |field: &str, text: String| {
        let mut sms = sms("46701234567");
        match field {
            "id" => sms.external_id = Some(text),
            "from" => sms.sender = text,
            _ => sms.text = text.as_str().into(),
        }
        sms.checked()
    };
    for (field, chars_max) in [("id", 200), ("from", 100), ("text", 39_015)] {
        for character in ["x", "я", "😀"] {
            assert!(with(field, character.repeat(chars_max)).is_ok(), "{field}");
            let refused = with(field, character.repeat(chars_max + 1)).err();
            assert_eq!(refused, Some(SmsTooLong { field, chars_max }));
        }
    }
}

#[test]
fn rule_12_a_part_is_short_and_lines_are_few() {
    let part = |chars| InboundSms {
        part: SmsPart::new(7, 2, 1),
        text: "x".repeat(chars).as_str().into(),
        ..sms("46701234567")
    };
    assert!(part(1000).checked().is_ok());
    let chars_max = 1000;
    assert_eq!(
        part(1001).checked().err(),
        Some(SmsTooLong {
            field: "text",
            chars_max
        })
    );
    let lines: Vec<Slot> = (0..9).map(|name| Slot::parse(&name.to_string()).unwrap()).collect();
    let receiver = Receiver::Lines(lines.clone());
    let checked = InboundSms { receiver, ..sms("7") }.checked().unwrap();
    assert_eq!(checked.receiver, Receiver::Lines(lines[..8].to_vec()));
}

#[test]
fn the_first_line_that_is_known_tells_the_number() {
    let lines = ["A", "B", "C"].map(|name| Slot::parse(name).unwrap());
    let receiver = Receiver::Lines(lines.to_vec());
    let number: PhoneNumber = "46701234567".parse().unwrap();
    let found = Destination::of(&receiver, |line| (line.as_str() != "A").then_some(number));
    assert_eq!((found.digits().as_str(), found.slots()), ("46701234567", &lines[1..2]));
    assert_eq!(found.number(), Some(number));
    let lost = Destination::of(&receiver, |_| None);
    assert_eq!((lost.digits().as_str(), lost.slots()), ("", &lines[..]));
    assert_eq!(lost.number(), None);
    for one in [&found, &lost] {
        let stored = Destination::from_stored(&one.digits(), one.slots().to_vec());
        assert_eq!(stored.as_ref(), Some(one));
    }
    let named = Destination::of(&sms("777").receiver, |_| Some(number));
    assert_eq!((named.digits().as_str(), named.slots()), ("777", &[][..]));
}

#[test]
fn rule_11_neither_sender_nor_text_nor_a_whole_number_is_shown() {
    let shown = format!("{:?} {:?}", sms("46701234567"), sms("777"));
    assert_eq!(
        shown,
        "InboundSms { receiver: Number(467…67), .. } InboundSms { receiver: Number(…), .. }"
    );
}
