//! Options that are missing, unknown, empty or of another kind, with their messages.

use super::*;

#[test]
fn a_missing_option_is_named_with_its_variable() {
    for (missing, sentence) in [
        (
            "LEASELINE_ONLINESIM__KEYS",
            "onlinesim.keys is missing: set it in the configuration file or as LEASELINE_ONLINESIM__KEYS",
        ),
        (
            "LEASELINE_ADMIN__TOKEN",
            "admin.token is missing: set it in the configuration file or as LEASELINE_ADMIN__TOKEN",
        ),
        (
            "LEASELINE_PUSH__URL",
            "push.url is missing: set it in the configuration file or as LEASELINE_PUSH__URL",
        ),
    ] {
        let rest = REQUIRED.into_iter().filter(|(name, _)| *name != missing);
        assert_eq!(Config::load(None, rest).unwrap_err().to_string(), sentence);
    }
}

#[test]
fn an_unknown_option_is_named_with_the_one_that_was_meant() {
    for (toml, sentence) in [
        (
            "[push]\nulr = \"x\"\n",
            "push.ulr is not an option; did you mean push.url?",
        ),
        (
            "[pusch]\nurl = \"x\"\n",
            "pusch.url is not an option; did you mean push.url?",
        ),
        (
            "[push]\nelephant = 1\n",
            "push.elephant is not an option: `leaseline config default` lists them all",
        ),
        (
            "listen = \"0.0.0.0:1\"\n",
            "listen is not an option: `leaseline config default` lists them all",
        ),
        (
            "[zoo]\n",
            "[zoo] is not a section: `leaseline config default` lists them all",
        ),
        (
            "onlinesim = 5\n",
            "onlinesim is a section: write [onlinesim], and its options in the lines after it",
        ),
    ] {
        assert_eq!(file_refusal(toml), sentence);
    }
}

#[test]
fn an_unknown_variable_is_named_with_the_one_that_was_meant() {
    let meant = "LEASELINE_ONLINESIM__LISTEN";
    for name in [
        "LEASELINE_ONLINESIM_LISTEN",
        "LEASELINE_ONLINESIM__LISTN",
        "LEASELINE_onlinesim__listen",
    ] {
        let sentence = format!("{name} is not an option; did you mean {meant}?");
        assert_eq!(refusal(name, "0.0.0.0:1"), sentence);
    }
    let sentence = "LEASELINE_ELEPHANT is not an option: `leaseline config default` lists them all";
    assert_eq!(refusal("LEASELINE_ELEPHANT", "1"), sentence);
}

#[test]
fn an_empty_option_is_refused() {
    for (name, key) in [
        ("LEASELINE_PUSH__URL", "push.url"),
        ("LEASELINE_ADMIN__TOKEN", "admin.token"),
        ("LEASELINE_STORAGE__URL", "storage.url"),
    ] {
        refused(
            name,
            " ",
            &format!("{key} is empty: set a text in quotes, or remove it …"),
        );
    }
    for value in ["", "[]"] {
        let error = refusal("LEASELINE_ONLINESIM__KEYS", value);
        assert!(error.starts_with("onlinesim.keys is empty: set a list"), "{error}");
    }
    assert!(file_refusal("[rent]\nban = \"\"\n").starts_with("rent.ban is empty: set a duration"));
}

#[test]
fn the_error_of_a_value_of_another_kind_describes_valid_ones() {
    refused(
        "LEASELINE_ONLINESIM__LISTEN",
        "8080",
        "onlinesim.listen is \"8080\": set an address and a port in quotes, such as \"127.0.0.1:8081\" …",
    );
    refused(
        "LEASELINE_ONLINESIM__AUTH",
        "basic",
        "onlinesim.auth is \"basic\": set \"bearer\" or \"body\" …",
    );
    refused(
        "LEASELINE_PUSH__PARALLEL",
        "many",
        "push.parallel is \"many\": set a whole number without quotes …",
    );
    refused(
        "LEASELINE_RENT__BAN",
        "24",
        "rent.ban is \"24\": set a duration in quotes, such as \"500ms\", \"8s\", \"20m\" or \"90d\" …",
    );
    assert_eq!(
        file_refusal("[rent]\nstrikes_max = -1\n"),
        "rent.strikes_max is -1: set a whole number without quotes (it comes from my.toml)"
    );
    assert_eq!(
        file_refusal("[admin]\ntoken = 1234567890123456\n"),
        "admin.token is of another kind: set a text in quotes (it comes from my.toml)"
    );
    assert_eq!(
        file_refusal("[countries]\nRU = 7\n"),
        "countries.RU is 7: set a text in quotes (it comes from my.toml)"
    );
    assert_eq!(
        refusal("LEASELINE_ONLINESIM__KEYS", "[1]"),
        "LEASELINE_ONLINESIM__KEYS is not a list: set [\"first\",\"second\"] or first,second"
    );
    assert_eq!(
        refusal("LEASELINE_ADMIN__TOKEN", "0123456789abcdef\u{fffd}"),
        "LEASELINE_ADMIN__TOKEN is not UTF-8: set a text in UTF-8"
    );
}

#[test]
fn backups_need_a_folder_an_interval_and_one_that_is_kept() {
    for (toml, sentence) in [
        (
            "[backup]\nevery = \"1h\"\n",
            "backup.folder is missing, but backup.every is set: set the folder of the backups, on another disk if there is one",
        ),
        (
            "[backup]\nfolder = \"x\"\n",
            "backup.every is missing, but backup.folder is set: set how often a backup is made, such as \"1h\"",
        ),
        (
            "[backup]\nevery = \"999ms\"\nfolder = \"x\"\n",
            "backup.every is 999ms: set at least 1s (it comes from my.toml)",
        ),
        (
            "[backup]\nevery = \"often\"\nfolder = \"x\"\n",
            "backup.every is \"often\": set a duration in quotes, such as \"500ms\", \"8s\", \"20m\" or \"90d\" (it comes from my.toml)",
        ),
        (
            "[backup]\nkeep = 0\n",
            "backup.keep is 0: set 1 to 100000 (it comes from my.toml)",
        ),
    ] {
        assert_eq!(file_refusal(toml), sentence);
    }
    let hourly = from_file("[backup]\nevery = \"1h\"\nfolder = \"x\"\n", &[]).unwrap();
    assert_eq!(hourly.backup.schedule().map(|schedule| schedule.keep), Some(24));
    assert_eq!(with(&[]).unwrap().backup.schedule(), None);
}

#[test]
fn the_error_of_invalid_toml_has_its_line() {
    let error = file_refusal("[push]\ntimeout = \"10s\"\nparallel = \n");
    assert!(error.starts_with("my.toml is not TOML: line 3: "), "{error}");
    assert!(!error.contains('\n'), "{error}");
}

#[test]
fn a_wrong_expression_is_named_by_its_list_and_its_position() {
    refused(
        "LEASELINE_FILTER__WITHHOLD_TEXTS",
        r#"["code", "(", "["]"#,
        "filter.withhold_texts is wrong in expression 2 of the list: unclosed group …",
    );
    assert_eq!(
        file_refusal("[filter]\nwithhold_senders = ['^VK$', '']\n"),
        "filter.withhold_senders is wrong in expression 2 of the list: it is empty (it comes from my.toml)"
    );
    let config = from_file("[filter]\nwithhold_texts = ['\\bбаланс\\b']\n", &[]).unwrap();
    assert!(
        config
            .filter
            .filter()
            .unwrap()
            .decide_joined("VK", "Ваш БАЛАНС")
            .is_withheld()
    );
}
