//! The tables against the phone metadata.

use phonenumber::Metadata;
use phonenumber::metadata::{DATABASE, Descriptor};

use super::*;

/// The region of the metadata for codes that belong to no country: +800 (freephone), +870 (satellites) and others.
const NO_COUNTRY: &str = "001";

/// Leading digits, after the calling code, that the metadata does not know yet but that are decided: region, pattern.
/// Of +7, Kazakhstan holds 6 and 7 in the Russian numbering plan; only 7 is in use so far.
const RESERVED_LEADING_DIGITS: [(&str, &str); 1] = [("KZ", "6")];

fn examples(region: &Metadata) -> Vec<String> {
    let kinds = region.descriptors();
    [
        kinds.fixed_line(),
        kinds.mobile(),
        kinds.toll_free(),
        kinds.premium_rate(),
        kinds.voip(),
        kinds.uan(),
    ]
    .into_iter()
    .flatten()
    .filter_map(Descriptor::example)
    .map(|national| format!("{}{national}", region.country_code()))
    .collect()
}

fn regions() -> impl Iterator<Item = &'static Metadata> {
    DATABASE.iter().filter(|region| region.id() != NO_COUNTRY)
}

/// The pattern of the national parts that belong to a region: its leading digits where the metadata has them (they
/// then decide alone, as in libphonenumber), else its ranges of every kind of number.
fn national_pattern(region: &Metadata) -> String {
    let reserved = RESERVED_LEADING_DIGITS.iter().filter(|(id, _)| *id == region.id());
    let reserved: String = reserved.map(|(_, digits)| format!("|{digits}")).collect();
    if let Some(leading_digits) = region.leading_digits() {
        return format!("^(?:{}{reserved})", leading_digits.as_str());
    }
    let kinds = region.descriptors();
    let ranges: Vec<&str> = [
        kinds.fixed_line(),
        kinds.mobile(),
        kinds.toll_free(),
        kinds.premium_rate(),
        kinds.shared_cost(),
        kinds.personal_number(),
        kinds.voip(),
        kinds.pager(),
        kinds.uan(),
        kinds.voicemail(),
    ]
    .into_iter()
    .flatten()
    .map(|kind| kind.national_number().as_str())
    .collect();
    format!("^(?:{})$", ranges.join("|"))
}

/// What belongs into the table, according to the metadata.
fn calling_codes_of_the_metadata() -> String {
    let mut table = String::new();
    for code in 0..u16::try_from(CALLING_CODES_MAX).unwrap() {
        let regions = DATABASE.by_code(&code).unwrap_or_default();
        let regions: Vec<&Metadata> = regions.into_iter().filter(|region| region.id() != NO_COUNTRY).collect();
        for region in &regions {
            table.push_str(&format!("{code}\t{}", region.id()));
            if regions.len() > 1 {
                let pattern = national_pattern(region);
                table.push_str(&format!("\t{}", pattern.split_whitespace().collect::<String>()));
            }
            table.push('\n');
        }
    }
    table
}

/// After an update of the crate: put what this test prints into the table.
#[test]
fn the_table_of_calling_codes_is_that_of_the_phone_metadata() {
    let table: String = CALLING_CODES
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| format!("{line}\n"))
        .collect();
    let expected = calling_codes_of_the_metadata();
    assert!(
        table == expected,
        "calling_codes.tsv should have these lines:\n{expected}"
    );
}

#[test]
fn every_region_of_the_phone_metadata_has_a_name() {
    let named = built_in_names().unwrap();
    let unnamed: Vec<&str> = regions()
        .map(Metadata::id)
        .filter(|id| !named.contains_key(id))
        .collect();
    assert_eq!(unnamed, Vec::<&str>::new());
    // 249 codes of ISO 3166-1, XK, AC and TA; no two have the same name.
    assert_eq!(named.len(), 252);
    assert_eq!(named.values().collect::<BTreeSet<_>>().len(), 252);
}

#[test]
fn example_numbers_belong_to_their_regions_except_where_countries_share_a_range() {
    let (names, named) = (names(), built_in_names().unwrap());
    let elsewhere: BTreeSet<&str> = regions()
        .filter(|region| {
            let mobile = region.descriptors().mobile().and_then(Descriptor::example);
            let number = mobile.map(|national| format!("{}{national}", region.country_code()));
            number.is_some_and(|number| names.of_number(&number).as_ref() != named.get(region.id()))
        })
        .map(Metadata::id)
        .collect();
    // They use mobile ranges of Finland, Guadeloupe, Australia, Morocco, the UK, Norway and Italy.
    assert_eq!(
        elsewhere,
        BTreeSet::from(["AX", "BL", "CC", "CX", "EH", "IM", "MF", "SJ", "VA"])
    );
}

#[test]
fn the_answer_is_that_of_the_crate_wherever_the_crate_has_one() {
    let (names, named) = (names(), built_in_names().unwrap());
    let mut compared = 0;
    for number in regions().flat_map(examples) {
        let Ok(parsed) = phonenumber::parse(None, format!("+{number}")) else {
            continue;
        };
        let Some(id) = parsed.country().id().filter(|_| parsed.is_valid()) else {
            continue;
        };
        assert_eq!(names.of_number(&number).as_ref(), named.get(id.as_ref()), "{number}");
        compared += 1;
    }
    assert!(compared > 800, "only {compared} numbers were compared");
}
