use phonenumber::Metadata;
use phonenumber::metadata::{DATABASE, Descriptor};

use super::*;

/// The region of the metadata for codes that belong to no country: +800 (freephone), +870 (satellites) and others.
const NO_COUNTRY: &str = "001";

/// Leading digits, after the calling code, that the metadata does not know yet but that are decided: region, pattern.
/// Of +7, Kazakhstan holds 6 and 7 in the Russian numbering plan; only 7 is in use so far.
const RESERVED_LEADING_DIGITS: [(&str, &str); 1] = [("KZ", "6")];

fn names() -> CountryNames {
    CountryNames::new(&BTreeMap::new()).unwrap()
}

fn overridden(pairs: &[(&str, &str)]) -> Result<CountryNames, CountryNamesError> {
    CountryNames::new(
        &pairs
            .iter()
            .map(|(code, name)| ((*code).to_owned(), (*name).to_owned()))
            .collect(),
    )
}

#[track_caller]
fn assert_countries(cases: &[(&str, &str)]) {
    let names = names();
    for (number, country) in cases {
        assert_eq!(
            names.of_number(number).map(|name| name.to_string()).as_deref(),
            Some(*country),
            "{number}"
        );
    }
}

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

#[test]
fn well_known_numbers_belong_to_their_countries() {
    assert_countries(&[
        ("46701234567", "sweden"),
        ("491711234567", "germany"),
        ("33612345678", "france"),
        ("34612345678", "spain"),
        ("351912345678", "portugal"),
        ("31612345678", "netherlands"),
        ("32470123456", "belgium"),
        ("41781234567", "switzerland"),
        ("43664123456", "austria"),
        ("45321234567", "denmark"),
        ("48512345678", "poland"),
        ("420601123456", "czech republic"),
        ("421912123456", "slovakia"),
        ("36201234567", "hungary"),
        ("40712034567", "romania"),
        ("359431234567", "bulgaria"),
        ("30691234567", "greece"),
        ("90501234567", "turkey"),
        ("380501234567", "ukraine"),
        ("375294911911", "belarus"),
        ("37062112345", "lithuania"),
        ("37121234567", "latvia"),
        ("37251234567", "estonia"),
        ("37362112345", "moldova"),
        ("38343201234", "kosovo"),
        ("995555123456", "georgia"),
        ("998912345678", "uzbekistan"),
        ("996700123456", "kyrgyzstan"),
        ("8613123456789", "china"),
        ("85251234567", "hong kong"),
        ("85366123456", "macau"),
        ("819012345678", "japan"),
        ("821020000000", "south korea"),
        ("84912345678", "vietnam"),
        ("66812345678", "thailand"),
        ("62812345678", "indonesia"),
        ("639051234567", "philippines"),
        ("918123456789", "india"),
        ("923012345678", "pakistan"),
        ("972502345678", "israel"),
        ("971501234567", "united arab emirates"),
        ("201001234567", "egypt"),
        ("2348021234567", "nigeria"),
        ("254712123456", "kenya"),
        ("27711234567", "south africa"),
        ("5511961234567", "brazil"),
        ("5491123456789", "argentina"),
        ("522221234567", "mexico"),
        ("225123456789", "ivory coast"),
        ("243991234567", "dr congo"),
    ]);
}

#[test]
fn a_shared_calling_code_is_told_apart_by_the_rest_of_the_number() {
    assert_countries(&[
        ("79161234567", "russia"),
        ("74951234567", "russia"),
        ("77012345678", "kazakhstan"),
        ("77771234567", "kazakhstan"),
        ("12025550123", "united states"),
        ("14165550123", "canada"),
        ("16042345678", "canada"),
        ("18762101234", "jamaica"),
        ("16582101234", "jamaica"),
        ("17872345678", "puerto rico"),
        ("18092345678", "dominican republic"),
        ("12423591234", "bahamas"),
        ("447400123456", "united kingdom"),
        ("442079460123", "united kingdom"),
        ("447797712345", "jersey"),
        ("447781123456", "guernsey"),
        ("447624123456", "isle of man"),
        ("4740612345", "norway"),
        ("4779123456", "svalbard and jan mayen"),
        ("61412345678", "australia"),
        ("61891621234", "cocos islands"),
        ("358412345678", "finland"),
        ("3581812345678", "aland islands"),
        ("393123456789", "italy"),
        ("390236618300", "italy"),
        ("390669812345", "vatican"),
        ("212650123456", "morocco"),
        ("262692123456", "reunion"),
        ("262639012345", "mayotte"),
        ("29051234", "saint helena"),
        ("2908999", "tristan da cunha"),
        ("590690001234", "guadeloupe"),
        ("5993181234", "caribbean netherlands"),
        ("59995181234", "curacao"),
    ]);
}

#[test]
fn a_number_outside_every_range_belongs_to_the_main_country_of_its_calling_code() {
    assert_countries(&[
        ("70001234567", "russia"),
        ("7916", "russia"),
        ("7", "russia"),
        ("76001234567", "kazakhstan"),
        ("770123", "kazakhstan"),
        ("10000000000", "united states"),
        ("1876", "jamaica"),
        ("440000000000", "united kingdom"),
        ("44770090012345", "united kingdom"),
        ("61000000000", "australia"),
        ("47100000000", "norway"),
        ("599000", "curacao"),
        ("46000", "sweden"),
    ]);
}

#[test]
fn what_is_no_number_of_a_country_has_none() {
    let names = names();
    let others = [
        "999123456789",
        "21012345678",
        "80012345678",
        "870301234567",
        "88213300000",
    ];
    for text in others.into_iter().chain([
        "",
        "4",
        "+46701234567",
        "046701234567",
        "007",
        "4670123456x",
        "４６７０",
    ]) {
        assert_eq!(names.of_number(text), None, "{text}");
    }
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

#[test]
fn an_override_replaces_a_name_in_every_calling_code() {
    let names = overridden(&[("SE", " Sverige "), ("je", "united kingdom")]).unwrap();
    assert_eq!(names.of_number("46701234567"), CountryName::parse("sverige").ok());
    assert_eq!(
        names.of_number("447797712345"),
        CountryName::parse("united kingdom").ok()
    );
    assert_eq!(names.of_number("491711234567"), CountryName::parse("germany").ok());
}

#[test]
fn a_bad_override_is_refused_and_its_code_named() {
    for (pairs, message) in [
        (
            &[("QQ", "quux")][..],
            "`QQ` is no ISO 3166-1 alpha-2 country code (two letters, such as SE)",
        ),
        (
            &[("", "quux")],
            "`` is no ISO 3166-1 alpha-2 country code (two letters, such as SE)",
        ),
        (
            &[("001", "world")],
            "`001` is no ISO 3166-1 alpha-2 country code (two letters, such as SE)",
        ),
        (
            &[("SE", "Any")],
            "the name of country `SE` cannot be used: the name `any` is reserved: it stands for all",
        ),
        (
            &[("se", " ")],
            "the name of country `se` cannot be used: the name is empty",
        ),
        (
            &[("SE", "sverige"), ("se", "suede")],
            "the name of country `SE` is overridden twice",
        ),
    ] {
        assert_eq!(overridden(pairs).unwrap_err().to_string(), message);
    }
}
