use super::*;

fn rows(text: &[u8]) -> Vec<(u64, Result<[String; 5], InvalidRow>)> {
    let fields = |row: ImportRow| [row.number, row.country, row.operator, row.gateway, row.line];
    CsvRows::new(&super::text(text).unwrap())
        .unwrap()
        .map(|line| (line.line, line.row.map(fields)))
        .collect()
}

fn fields([number, country, operator, gateway]: [&str; 4]) -> Result<[String; 5], InvalidRow> {
    Ok([number, country, operator, gateway, ""].map(str::to_owned))
}

fn unequal(fields: usize) -> Result<[String; 5], InvalidRow> {
    Err(InvalidRow::Fields { fields, header: 2 })
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
    assert_eq!(read[0], (2, unequal(3)));
    assert_eq!(read[1], (3, Err(InvalidRow::NotUtf8)));
    assert_eq!(read[2], (4, fields(["2", "", "", "a"])));
    assert_eq!(read[3], (5, unequal(1)));
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
        let error = CsvRows::new(text.as_bytes()).err().unwrap().to_string();
        assert!(error.contains(column), "{text}: {error}");
    }
}

#[test]
fn a_file_is_read_as_spreadsheets_write_it() {
    let plain = "number,operator,gateway\r\n46701234567,Tele2,bank1\r\n";
    let expected = vec![(2, fields(["46701234567", "", "Tele2", "bank1"]))];
    let wide = |text: &str, bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        "\u{feff}"
            .encode_utf16()
            .chain(text.encode_utf16())
            .flat_map(bytes)
            .collect()
    };
    for delimiter in [",", ";", "\t"] {
        let text = plain.replace(',', delimiter);
        for file in [
            text.clone().into_bytes(),
            format!("\u{feff}{text}").into_bytes(),
            wide(&text, u16::to_le_bytes),
            wide(&text, u16::to_be_bytes),
        ] {
            assert_eq!(rows(&file), expected, "{file:?}");
        }
        let marked = format!("SEP={delimiter}\r\n{text}");
        for file in [marked.clone().into_bytes(), wide(&marked, u16::to_le_bytes)] {
            assert_eq!(rows(&file), [(3, expected[0].1.clone())], "{file:?}");
        }
    }
    // The line `sep=` of Excel has priority over the header.
    let file = b"sep=|\nnumber|gateway|operator\n4670|bank1|a;b,c\n";
    assert_eq!(rows(file), [(3, fields(["4670", "", "a;b,c", "bank1"]))]);
    assert_eq!(
        rows("number,gateway,operator\n4670,a,МТС;2".as_bytes())[0].1,
        fields(["4670", "", "МТС;2", "a"])
    );
}

#[test]
fn invalid_utf_16_is_refused() {
    for file in [&b"\xff\xfen\0u"[..], b"\xfe\xff\xd8\0\0n"] {
        assert!(text(file).unwrap_err().to_string().contains("UTF-16"), "{file:?}");
    }
}

#[test]
fn rule_12_a_row_is_bounded_and_does_not_hide_the_next() {
    let long = "x".repeat(ROW_BYTES_MAX);
    let file = format!(
        "number,gateway\n{long},a\n{}\n1,a\n2,\"a\n3,a\n{long}",
        ",".repeat(FIELDS_MAX)
    );
    let read = rows(file.as_bytes());
    assert_eq!(read[0], (2, Err(InvalidRow::TooLong)));
    assert_eq!(read[1], (3, Err(InvalidRow::TooLong)));
    assert_eq!(read[2], (4, fields(["1", "", "", "a"])));
    // A quotation mark that is left open takes the rest of the file along.
    assert_eq!(read[3], (5, Err(InvalidRow::TooLong)));
    assert_eq!(read.len(), 4);
}

#[test]
fn rows_that_are_cloned_are_read_again() {
    let file = b"number;gateway\r\n1;\"a;b\"\r\n2;a";
    let read = |rows: CsvRows<'_>| -> Vec<_> { rows.map(|line| (line.line, line.row)).collect() };
    let mut rows = CsvRows::new(file).unwrap();
    assert_eq!(read(rows.clone()).len(), 2);
    assert!(read(rows.clone()) == read(CsvRows::new(file).unwrap()));
    rows.next();
    let left = read(rows.clone());
    assert!(left.len() == 1 && left == read(rows));
}
