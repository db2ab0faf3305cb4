//! Numbers that are known to belong to a country, or to none.

use super::*;

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
fn the_rest_of_the_number_decides_for_a_shared_calling_code() {
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
